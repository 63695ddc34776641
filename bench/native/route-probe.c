#define _GNU_SOURCE
#include "route-probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "connection.h"
#include "latency.h"

// Enough that a request never waits for a connection: then a stall shows in every request that fell into it.
enum { LINES = 250, TIMER = LINES };

static struct {
  int fd;
  bool busy;
  uint64_t asked_ns;
  char text[2048];
  size_t length;
} lines[LINES];

static int timer_fd = -1;
static char request[512];
static uint64_t first_ns, period_ns, due, asked, answered, dropped;
static double *ms;

static void ask(uint64_t scheduled_ns) {
  for (int i = 0; i < LINES; i++) {
    if (lines[i].busy) continue;
    lines[i].busy = true;
    lines[i].asked_ns = scheduled_ns;
    lines[i].length = 0;
    asked++;
    if (send(lines[i].fd, request, strlen(request), MSG_NOSIGNAL) < 0) perror("probe");
    return;
  }
  dropped++;
}

static bool is_complete(const char *text) {
  const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length: ");
  return end != NULL && length != NULL && strlen(end + 4) >= strtoul(length + 18, NULL, 10);
}

static void take_answer(int i) {
  ssize_t n = recv(lines[i].fd, lines[i].text + lines[i].length, sizeof lines[i].text - lines[i].length - 1, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    fprintf(stderr, "probe: the route's server hung up\n");
    exit(1);
  }
  lines[i].length += (size_t)n;
  lines[i].text[lines[i].length] = 0;
  if (!lines[i].busy || !is_complete(lines[i].text)) return;
  lines[i].busy = false;
  ms[answered++] = (double)(now_ns() - lines[i].asked_ns) / 1e6;
}

void probe_event(uint64_t which, uint32_t events) {
  (void)events;
  if (which != TIMER) return take_answer((int)which);
  uint64_t expired;
  if (read(timer_fd, &expired, sizeof expired) < 0) return;
  for (; expired > 0 && asked + dropped < due; expired--) ask(first_ns + (asked + dropped) * period_ns);
  if (asked + dropped >= due) {
    struct itimerspec off = {0};
    timerfd_settime(timer_fd, 0, &off, NULL);
  }
}

static void watch(int epoll_fd, int fd, uint64_t data) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void probe_start(int epoll_fd, uint64_t tag, uint16_t port, const char *path, double per_second, double seconds) {
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n", path, port);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < LINES; i++) {
    if (lines[i].fd != 0) continue;
    lines[i].fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int one = 1;
    setsockopt(lines[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(lines[i].fd, (struct sockaddr *)&to, sizeof to) < 0) perror("probe");
    watch(epoll_fd, lines[i].fd, (uint64_t)i << 8 | tag);
  }
  due = (uint64_t)(per_second * seconds);
  asked = answered = dropped = 0;
  free(ms);
  ms = calloc(due + 1, sizeof *ms);
  period_ns = (uint64_t)(1e9 / per_second);
  if (timer_fd < 0) {
    timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    watch(epoll_fd, timer_fd, (uint64_t)TIMER << 8 | tag);
  }
  first_ns = now_ns() + period_ns;
  struct itimerspec when = {
      .it_value = {(time_t)(first_ns / 1000000000), (long)(first_ns % 1000000000)},
      .it_interval = {(time_t)(period_ns / 1000000000), (long)(period_ns % 1000000000)},
  };
  timerfd_settime(timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

bool probe_done(void) {
  if (asked + dropped < due || answered < asked) return false;
  if (dropped > 0) fprintf(stderr, "probe: %llu requests were not sent\n", (unsigned long long)dropped);
  print_percentiles(ms, answered);
  return true;
}
