// The limit: a server that writes one ready-made WebSocket frame to every socket and does nothing else. Told what to do
// by lines on stdin, as the other servers are.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 20000 };
enum { ON_STDIN, ON_LISTENER, ON_CONTROL_LISTENER, ON_CONTROL, ON_CLIENT };

static struct client {
  int fd;
  bool open;
  size_t unsent;  // bytes of queued frames still to be written
} clients[MOST];
static uint32_t count;
static int epoll_fd, listener, control_listener;
static uint8_t *frame;
static size_t frame_length;
static uint64_t confirmed;
static uint32_t waiting;  // clients with something unsent

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static double cpu_ms(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec * 1e3 + u.ru_utime.tv_usec / 1e3 + u.ru_stime.tv_sec * 1e3 + u.ru_stime.tv_usec / 1e3;
}

static void watch(int fd, uint32_t events, uint64_t data, int op) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  if (epoll_ctl(epoll_fd, op, fd, &event) < 0) perror("epoll_ctl");
}

static int listen_any(uint16_t *port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof at;
  if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 4096) < 0) exit(1);
  getsockname(fd, (struct sockaddr *)&at, &size);
  *port = ntohs(at.sin_port);
  return fd;
}

/** Writes as much as the socket takes of what it is owed; frames are all the same, so bytes left say where it stands. */
static void flush(uint32_t index) {
  struct client *c = &clients[index];
  while (c->unsent > 0) {
    size_t rest = c->unsent % frame_length;
    if (rest == 0) rest = frame_length;
    ssize_t n = send(c->fd, frame + frame_length - rest, rest, MSG_NOSIGNAL);
    if (n <= 0) return;
    c->unsent -= (size_t)n;
  }
}

static void broadcast(void) {
  for (uint32_t i = 0; i < count; i++) {
    struct client *c = &clients[i];
    if (!c->open) continue;
    bool was_waiting = c->unsent > 0;
    c->unsent += frame_length;
    if (!was_waiting) flush(i);
    if (c->unsent > 0 && !was_waiting) {
      waiting++;
      watch(c->fd, EPOLLIN | EPOLLOUT, (uint64_t)i << 8 | ON_CLIENT, EPOLL_CTL_MOD);
    }
  }
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (count == MOST) exit(1);
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    clients[count].fd = fd;
    watch(fd, EPOLLIN, (uint64_t)count << 8 | ON_CLIENT, EPOLL_CTL_ADD);
    count++;
  }
}

static void on_client(uint32_t index, uint32_t events) {
  struct client *c = &clients[index];
  if (events & EPOLLOUT) {
    flush(index);
    if (c->unsent == 0) {
      waiting--;
      watch(c->fd, EPOLLIN, (uint64_t)index << 8 | ON_CLIENT, EPOLL_CTL_MOD);
    }
  }
  if (!(events & EPOLLIN)) return;
  char text[2048];
  ssize_t n = recv(c->fd, text, sizeof text, 0);
  if (n == 0) {
    c->open = false;
    close(c->fd);
  }
  if (n <= 0 || c->open) return;
  // The accept key is the one of the load client's own fixed key.
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  c->open = true;
  if (send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) perror("answer");
}

/** Serves sockets until something happened or so long has passed. */
static void turn(int timeout_ms);

static void burst(double ms) {
  double cpu = cpu_ms();
  uint64_t begun = now_ns(), end = begun + (uint64_t)(ms * 1e6), ticks = 0;
  confirmed = 0;
  do {
    broadcast();
    ticks++;
    while (confirmed < ticks) {
      turn(1000);
      if (now_ns() > end + 30000000000ULL) exit(1);
    }
  } while (now_ns() < end);
  printf("{\"ticks\":%llu,\"ms\":%.3f,\"cpuMs\":%.3f}\n", (unsigned long long)ticks, (now_ns() - begun) / 1e6,
         cpu_ms() - cpu);
}

static void paced(unsigned ticks, double first_date_ms, double period_ms) {
  double cpu = cpu_ms();
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  double wait_ms = first_date_ms - (t.tv_sec * 1e3 + t.tv_nsec / 1e6);
  uint64_t begun = now_ns() + (uint64_t)(wait_ms > 0 ? wait_ms * 1e6 : 0);
  char *starts = malloc(24 * (ticks + 1));
  size_t length = 0;
  for (unsigned i = 0; i < ticks; i++) {
    uint64_t due = begun + (uint64_t)(i * period_ms * 1e6);
    while (now_ns() < due) turn((int)((due - now_ns()) / 1000000));
    length += (size_t)sprintf(starts + length, "%s\"%llu\"", i ? "," : "", (unsigned long long)now_ns());
    broadcast();
  }
  uint64_t end = begun + (uint64_t)(ticks * period_ms * 1e6);
  while (now_ns() < end) turn((int)((end - now_ns()) / 1000000));
  printf("{\"ticks\":%u,\"cpuMs\":%.3f,\"starts\":[%.*s]}\n", ticks, cpu_ms() - cpu, (int)length, starts);
  free(starts);
}

static void load_frame(const char *path) {
  FILE *in = fopen(path, "rb");
  if (in == NULL) exit(1);
  fseek(in, 0, SEEK_END);
  frame_length = (size_t)ftell(in);
  rewind(in);
  frame = realloc(frame, frame_length);
  if (fread(frame, 1, frame_length, in) != frame_length) exit(1);
  fclose(in);
}

static void obey(char *line) {
  double ms, first;
  unsigned ticks;
  char path[512];
  if (sscanf(line, "burst %lf", &ms) == 1) burst(ms);
  else if (sscanf(line, "paced %u %lf %lf", &ticks, &first, &ms) == 3) paced(ticks, first, ms);
  else if (sscanf(line, "frame %511s", path) == 1) {
    load_frame(path);
    puts("{}");
  } else if (!strncmp(line, "cpu", 3)) printf("{\"cpuMs\":%.3f}\n", cpu_ms());
  else puts("{\"error\":\"not understood\"}");
}

static void on_control(void) {
  int fd = accept4(control_listener, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0) watch(fd, EPOLLIN, (uint64_t)fd << 8 | ON_CONTROL, EPOLL_CTL_ADD);
}

static void read_commands(void) {
  static char line[4096];
  static size_t length;
  ssize_t n = read(0, line + length, sizeof line - length - 1);
  if (n <= 0) exit(0);
  length += (size_t)n;
  for (char *end; (end = memchr(line, '\n', length)) != NULL;) {
    char copy[4096];
    size_t used = (size_t)(end - line) + 1;
    memcpy(copy, line, used);
    copy[used - 1] = 0;
    memmove(line, end + 1, length - used);
    length -= used;
    obey(copy);
  }
}

static void turn(int timeout_ms) {
  static struct epoll_event events[256];
  int n = epoll_wait(epoll_fd, events, 256, timeout_ms);
  for (int i = 0; i < n; i++) {
    uint64_t data = events[i].data.u64;
    int what = (int)(data & 0xff), index = (int)(data >> 8);
    char dots[4096];
    if (what == ON_STDIN) read_commands();
    else if (what == ON_LISTENER) accept_all();
    else if (what == ON_CONTROL_LISTENER) on_control();
    else if (what == ON_CLIENT) on_client((uint32_t)index, events[i].events);
    else {
      ssize_t got = recv(index, dots, sizeof dots, MSG_DONTWAIT);
      if (got > 0) confirmed += (uint64_t)got;
    }
  }
}

int main(void) {
  uint16_t port, control_port;
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  setvbuf(stdout, NULL, _IOLBF, 0);
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  listener = listen_any(&port);
  control_listener = listen_any(&control_port);
  watch(0, EPOLLIN, ON_STDIN, EPOLL_CTL_ADD);
  watch(listener, EPOLLIN, ON_LISTENER, EPOLL_CTL_ADD);
  watch(control_listener, EPOLLIN, ON_CONTROL_LISTENER, EPOLL_CTL_ADD);
  printf("{\"port\":%u,\"controlPort\":%u}\n", port, control_port);
  for (;;) turn(-1);
}
