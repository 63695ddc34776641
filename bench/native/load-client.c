// Opens many connections to one server and counts what arrives. Told what to do by lines on stdin, answers each with
// one line of JSON on stdout. One thread: what it costs is outside of the server's process and core.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection.h"
#include "latency.h"
#include "route-probe.h"

enum { TAG_STDIN = 1, TAG_CONTROL, TAG_PROBE, TAG_CONNECTION };
#define AWAKE_NS 3000000ULL

static struct connection *all;
static uint32_t total, started, opened, lost;
static uint32_t in_flight, most_in_flight;
static int epoll_fd, control_fd = -1;
static uint64_t per_tick = 1, target = 1;
static uint32_t behind;  // connections that have not reached the target
// What is being waited for.
static enum { IDLE, OPENING, TELLING, COUNTING, PROBING } task = IDLE;
static uint64_t begun_ns, deadline_ns, wanted;
static uint32_t told, answered;
// What connections say, in turn.
static const char *texts[1024];
static uint32_t text_count;
static char say_text[1 << 18], until_text[256], path_text[256], protocol_text[64];

static uint64_t ticks_of(const struct connection *c) { return c->count / per_tick; }

static void watch(int fd, uint32_t events, uint64_t data, int op) {
  struct epoll_event event = {.events = events, .data.u64 = data};
  if (epoll_ctl(epoll_fd, op, fd, &event) < 0) perror("epoll_ctl");
}

static void report_counts(void) {
  uint64_t least = UINT64_MAX, most = 0, sum = 0, bytes = 0, payload = 0, pings = 0, others = 0, broken = 0;
  uint64_t least_payload = UINT64_MAX, most_payload = 0;
  uint32_t close_code = 0;
  for (uint32_t i = 0; i < total; i++) {
    const struct connection *c = &all[i];
    if (c->count < least) least = c->count;
    if (c->count > most) most = c->count;
    if (c->payload_bytes < least_payload) least_payload = c->payload_bytes;
    if (c->payload_bytes > most_payload) most_payload = c->payload_bytes;
    if (c->close_code) close_code = c->close_code;
    sum += c->count, bytes += c->bytes, payload += c->payload_bytes;
    pings += c->pings, others += c->others, broken += c->broken;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu_ms = usage.ru_utime.tv_sec * 1e3 + usage.ru_utime.tv_usec / 1e3 + usage.ru_stime.tv_sec * 1e3 +
                  usage.ru_stime.tv_usec / 1e3;
  printf("{\"connections\":%u,\"lost\":%u,\"least\":%llu,\"most\":%llu,\"sum\":%llu,\"bytes\":%llu,"
         "\"payloadBytes\":%llu,\"leastPayloadBytes\":%llu,\"mostPayloadBytes\":%llu,\"pings\":%llu,\"others\":%llu,"
         "\"broken\":%llu,\"closeCode\":%u,\"cpuMs\":%.3f}\n",
         total, lost, (unsigned long long)least, (unsigned long long)most, (unsigned long long)sum,
         (unsigned long long)bytes, (unsigned long long)payload, (unsigned long long)least_payload,
         (unsigned long long)most_payload, (unsigned long long)pings, (unsigned long long)others,
         (unsigned long long)broken, close_code, cpu_ms);
}

static void finish(void) {
  double ms = (double)(now_ns() - begun_ns) / 1e6;
  if (task == OPENING || task == TELLING)
    printf("{\"done\":%u,\"lost\":%u,\"ms\":%.3f}\n", task == OPENING ? opened : answered, lost, ms);
  else if (task == COUNTING)
    report_counts();
  task = IDLE;
}

static void open_more(void) {
  while (task == OPENING && started < total && in_flight < most_in_flight) {
    struct connection *c = &all[started++];
    c->index = started - 1;
    c->said = true;
    in_flight++;
    if (connection_start(c) < 0) {
      perror("connect");
      exit(1);
    }
    watch(c->fd, EPOLLOUT, (uint64_t)c->index << 8 | TAG_CONNECTION, EPOLL_CTL_ADD);
  }
  if (task == OPENING && opened + lost >= total) finish();
}

static void split_texts(void) {
  text_count = 0;
  for (char *text = strtok(say_text, "\t"); text != NULL && text_count < 1024; text = strtok(NULL, "\t"))
    texts[text_count++] = text;
}

static void tell_more(void) {
  while (task == TELLING && told < total && in_flight < most_in_flight) {
    struct connection *c = &all[told++];
    if (c->state != STATE_OPEN) continue;
    in_flight++;
    connection_say(c, texts[c->index % text_count]);
  }
  if (task == TELLING && answered + lost >= total) finish();
}

static void on_ready(struct connection *c) {
  (void)c;
  opened++;
  in_flight--;
}

static void on_said(struct connection *c) {
  (void)c;
  answered++;
  in_flight--;
}

static void on_lost(struct connection *c) {
  lost++;
  if (!c->ready || !c->said) in_flight--;
}

/** Tells the server each time everybody has one tick more. */
static void find_next_target(void) {
  while (behind == 0 && total > lost) {
    if (control_fd >= 0 && send(control_fd, ".", 1, MSG_NOSIGNAL) < 0) control_fd = -1;
    target++;
    for (uint32_t i = 0; i < total; i++) behind += ticks_of(&all[i]) < target;
  }
}

static void on_data(struct connection *c, uint64_t at_ns) {
  if (c->count % per_tick != 0) return;
  latency_record(c->index, ticks_of(c), at_ns);
  if (ticks_of(c) == target && behind > 0) behind--;
}

static void zero(void) {
  for (uint32_t i = 0; i < total; i++) connection_zero(&all[i]);
  target = 1;
  behind = total;
  latency_zero();
}

static bool everybody_has(uint64_t ticks) {
  for (uint32_t i = 0; i < total; i++)
    if (all[i].state != STATE_CLOSED && ticks_of(&all[i]) < ticks) return false;
  return true;
}

static void connect_control(uint16_t port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  control_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  setsockopt(control_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(control_fd, (struct sockaddr *)&to, sizeof to) < 0) perror("control");
}

static void report_hashes(const char *file) {
  uint32_t distinct = 0;
  for (uint32_t i = 0; i < total; i++) distinct += i > 0 && all[i].last_hash != all[0].last_hash;
  FILE *out = fopen(file, "wb");
  if (out != NULL) {
    fwrite(client.capture, 1, client.capture_length, out);
    fclose(out);
  }
  printf("{\"different\":%u,\"length\":%zu}\n", distinct, client.capture_length);
}

static void begin(int what, double timeout_ms) {
  task = what;
  begun_ns = now_ns();
  deadline_ns = begun_ns + (uint64_t)(timeout_ms * 1e6);
}

static void obey(char *line) {
  unsigned a, b, n;
  double ms, seconds;
  char word[32];
  int used = 0;
  if (sscanf(line, "%31s%n", word, &used) != 1) return;
  char *rest = line + used;
  while (*rest == ' ') rest++;
  if (!strcmp(word, "open") &&
      sscanf(rest, "%31s %u %255s %63s %u %u %lf", word, &a, path_text, protocol_text, &n, &b, &ms) == 7) {
    client.kind = !strcmp(word, "ws")         ? KIND_WS
                  : !strcmp(word, "socketio") ? KIND_SOCKETIO
                  : !strcmp(word, "sse")      ? KIND_SSE
                                              : KIND_METRICAST;
    client.port = (uint16_t)a;
    client.path = path_text;
    client.protocol = strcmp(protocol_text, "-") ? protocol_text : "";
    total = n, most_in_flight = b;
    all = calloc(total, sizeof *all);
    begin(OPENING, ms);
    open_more();
  } else if (!strcmp(word, "until")) {
    snprintf(until_text, sizeof until_text, "%s", rest);
    client.until = until_text;
    puts("{}");
  } else if (!strcmp(word, "tell") && sscanf(rest, "%u %lf %n", &b, &ms, &used) == 2) {
    snprintf(say_text, sizeof say_text, "%s", rest + used);
    split_texts();
    most_in_flight = b, told = answered = 0;
    begin(TELLING, ms);
    tell_more();
  } else if (!strcmp(word, "await") && sscanf(rest, "%u %lf", &n, &ms) == 2) {
    wanted = n;
    begin(COUNTING, ms);
  } else if (!strcmp(word, "pertick") && sscanf(rest, "%u", &n) == 1) {
    per_tick = n;
    puts("{}");
  } else if (!strcmp(word, "zero")) {
    zero();
    puts("{}");
  } else if (!strcmp(word, "control") && sscanf(rest, "%u", &n) == 1) {
    connect_control((uint16_t)n);
    puts("{}");
  } else if (!strcmp(word, "hashing") && sscanf(rest, "%u", &n) == 1) {
    client.hashing = n > 0;
    puts("{}");
  } else if (!strcmp(word, "hashes")) {
    report_hashes(rest);
  } else if (!strcmp(word, "latency") && sscanf(rest, "%u", &n) == 1) {
    latency_keep(total, n);
    puts("{}");
  } else if (!strcmp(word, "latencies")) {
    latency_report(rest);
  } else if (!strcmp(word, "probe") && sscanf(rest, "%u %255s %lf %lf", &a, say_text, &ms, &seconds) == 4) {
    begin(PROBING, seconds * 1e3 + 5e3);
    probe_start(epoll_fd, TAG_PROBE, (uint16_t)a, say_text, ms, seconds);
  } else {
    printf("{\"error\":\"not understood\"}\n");
  }
}

static void read_commands(void) {
  static char line[1 << 20];
  static size_t length;
  ssize_t n = read(0, line + length, sizeof line - length - 1);
  if (n <= 0) exit(0);
  length += (size_t)n;
  for (char *end; (end = memchr(line, '\n', length)) != NULL;) {
    *end = 0;
    obey(line);
    size_t used = (size_t)(end - line) + 1;
    memmove(line, end + 1, length - used);
    length -= used;
  }
}

static void on_connection(struct connection *c, uint32_t events) {
  if (c->state == STATE_CONNECTING) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) fprintf(stderr, "connect: %s\n", strerror(error));
    watch(c->fd, EPOLLIN, (uint64_t)c->index << 8 | TAG_CONNECTION, EPOLL_CTL_MOD);
    connection_connected(c);
  } else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    connection_readable(c);
  }
}

static void look_at_task(void) {
  open_more();
  tell_more();
  find_next_target();
  if (task == COUNTING && everybody_has(wanted)) finish();
  if (task == PROBING && probe_done()) task = IDLE;
  if (task != IDLE && task != PROBING && now_ns() > deadline_ns) finish();
}

/*
 * While anything comes it does not sleep: waking a sleeper costs the sender, which no client elsewhere does, and the more
 * the faster its messages are taken.
 */
static int wait_for_events(struct epoll_event *events, int most) {
  static uint64_t awake_until_ns;
  int may_sleep = now_ns() >= awake_until_ns;
  int n = epoll_wait(epoll_fd, events, most, may_sleep ? (task == IDLE ? -1 : 20) : 0);
  if (n > 0) awake_until_ns = now_ns() + AWAKE_NS;
  return n;
}

int main(void) {
  static struct epoll_event events[128];
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  client.capture_size = 16 << 20;
  client.capture = malloc(client.capture_size);
  client.on_ready = on_ready, client.on_said = on_said, client.on_data = on_data, client.on_lost = on_lost;
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  watch(0, EPOLLIN, TAG_STDIN, EPOLL_CTL_ADD);
  for (;;) {
    int n = wait_for_events(events, 128);
    for (int i = 0; i < n; i++) {
      uint64_t tag = events[i].data.u64;
      if ((tag & 0xff) == TAG_STDIN) read_commands();
      else if ((tag & 0xff) == TAG_PROBE) probe_event(tag >> 8, events[i].events);
      else on_connection(&all[tag >> 8], events[i].events);
    }
    look_at_task();
  }
}
