#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client client;
static uint8_t scratch[256 * 1024];

static const uint64_t fnv_offset = 14695981039346656037ULL, fnv_prime = 1099511628211ULL;

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

int connection_start(struct connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->fd < 0) return -1;
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(client.port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  c->state = STATE_CONNECTING;
  if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) return -1;
  return 0;
}

static void lose(struct connection *c) {
  if (c->state == STATE_CLOSED) return;
  c->state = STATE_CLOSED;
  close(c->fd);
  client.on_lost(c);
}

// What a client sends is small; a socket that does not take it at once is lost.
static void write_all(struct connection *c, const void *bytes, size_t length) {
  ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
  if (n != (ssize_t)length) lose(c);
}

void connection_connected(struct connection *c) {
  char text[1024];
  int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", client.path, client.port);
  if (client.kind == KIND_SSE) {
    n += snprintf(text + n, sizeof text - n, "Accept: text/event-stream\r\n\r\n");
  } else {
    n += snprintf(text + n, sizeof text - n,
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    if (client.protocol[0] != 0)
      n += snprintf(text + n, sizeof text - n, "Sec-WebSocket-Protocol: %s\r\n", client.protocol);
    n += snprintf(text + n, sizeof text - n, "\r\n");
  }
  c->state = STATE_HANDSHAKE;
  c->prefix_length = 0;
  write_all(c, text, (size_t)n);
}

static void send_frame(struct connection *c, uint8_t opcode, const uint8_t *payload, size_t length) {
  static const uint8_t mask[4] = {0x17, 0x2a, 0x5b, 0x91};
  uint8_t frame[20000];
  size_t n = 0;
  if (length > sizeof frame - 16) abort();
  frame[n++] = 0x80 | opcode;
  if (length < 126) {
    frame[n++] = 0x80 | (uint8_t)length;
  } else {
    frame[n++] = 0x80 | 126;
    frame[n++] = (uint8_t)(length >> 8);
    frame[n++] = (uint8_t)length;
  }
  memcpy(frame + n, mask, 4);
  n += 4;
  for (size_t i = 0; i < length; i++) frame[n++] = payload[i] ^ mask[i & 3];
  write_all(c, frame, n);
}

void connection_say(struct connection *c, const char *text) {
  c->said = false;
  send_frame(c, 1, (const uint8_t *)text, strlen(text));
}

void connection_zero(struct connection *c) {
  c->count = c->payload_bytes = c->bytes = c->pings = c->others = c->broken = 0;
}

static bool begins(const struct connection *c, const char *text) {
  size_t length = strlen(text);
  return c->prefix_length >= length && memcmp(c->prefix, text, length) == 0;
}

static void become_ready(struct connection *c) {
  if (c->ready) return;
  c->ready = true;
  client.on_ready(c);
}

// Frames of one view must follow each other. A binary frame's chain is held by whoever decodes it.
static void check_chain(struct connection *c) {
  unsigned long long view, tick, prev;
  char text[PREFIX_BYTES + 1];
  memcpy(text, c->prefix, c->prefix_length);
  text[c->prefix_length] = 0;
  int got = sscanf(text, "{\"type\":\"frame\",\"view\":%llu,\"tick\":%llu,\"prev\":%llu", &view, &tick, &prev);
  if (got < 2) {
    c->broken++;
    return;
  }
  uint32_t at = 0;
  while (at < c->chain_count && c->chains[at].view != view) at++;
  if (at == MAX_VIEWS) return;
  if (at == c->chain_count) {
    c->chain_count++;
    c->chains[at].view = view;
  } else if (got == 3 && c->chains[at].tick != prev) {
    c->broken++;
  }
  c->chains[at].tick = tick;
}

static void take_message(struct connection *c, uint64_t at_ns) {
  bool data = false;
  if (c->message_opcode == 2) {
    data = true;
  } else if (client.kind == KIND_WS || client.kind == KIND_SSE) {
    data = true;
  } else if (client.kind == KIND_SOCKETIO) {
    if (begins(c, "42")) data = true;
    else if (begins(c, "0{")) send_frame(c, 1, (const uint8_t *)"40", 2);
    else if (begins(c, "40")) become_ready(c);
    else if (c->message_bytes == 1 && c->prefix[0] == '2') {
      c->pings++;
      send_frame(c, 1, (const uint8_t *)"3", 1);
    }
  } else if (begins(c, "{\"type\":\"frame\"")) {
    data = true;
    check_chain(c);
  } else if (begins(c, "{\"type\":\"welcome\"")) {
    become_ready(c);
  }
  if (!c->said && client.until != NULL && begins(c, client.until)) {
    c->said = true;
    client.on_said(c);
  }
  if (!data) {
    c->others++;
    return;
  }
  c->count++;
  c->payload_bytes += c->message_bytes;
  c->last_hash = c->hash;
  if (client.hashing && c->index == 0) client.capture_length = c->message_bytes;
  client.on_data(c, at_ns);
}

static void take_control(struct connection *c) {
  if (c->opcode == 9) {
    c->pings++;
    send_frame(c, 10, c->control, c->control_length);
  } else if (c->opcode == 8) {
    c->close_code = c->control_length >= 2 ? (uint32_t)c->control[0] << 8 | c->control[1] : 1005;
    lose(c);
  }
}

static void begin_message(struct connection *c, uint8_t opcode) {
  c->message_opcode = opcode;
  c->message_bytes = 0;
  c->prefix_length = 0;
  c->hash = fnv_offset;
}

static void add_payload(struct connection *c, const uint8_t *bytes, size_t length) {
  if (c->prefix_length < PREFIX_BYTES) {
    size_t room = PREFIX_BYTES - c->prefix_length, n = length < room ? length : room;
    memcpy(c->prefix + c->prefix_length, bytes, n);
    c->prefix_length += (uint32_t)n;
  }
  if (client.hashing) {
    uint64_t hash = c->hash;
    for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * fnv_prime;
    c->hash = hash;
    if (c->index == 0 && c->message_bytes + length <= client.capture_size)
      memcpy(client.capture + c->message_bytes, bytes, length);
  }
  c->message_bytes += length;
}

// Returns how many bytes were taken; the header is complete once `left` is set.
static size_t take_header(struct connection *c, const uint8_t *bytes, size_t length, bool *complete) {
  size_t used = 0;
  for (;;) {
    size_t want = 2;
    if (c->head_length >= 2) {
      uint8_t short_length = c->head[1] & 0x7f;
      want = short_length == 127 ? 10 : short_length == 126 ? 4 : 2;
    }
    if (c->head_length >= want) break;
    if (used == length) return used;
    c->head[c->head_length++] = bytes[used++];
  }
  uint64_t left = c->head[1] & 0x7f;
  if (left == 126) left = (uint64_t)c->head[2] << 8 | c->head[3];
  else if (left == 127) {
    left = 0;
    for (int i = 2; i < 10; i++) left = left << 8 | c->head[i];
  }
  c->left = left;
  c->fin = c->head[0] & 0x80;
  c->opcode = c->head[0] & 0x0f;
  c->head_length = 0;
  *complete = true;
  return used;
}

static void take_frames(struct connection *c, const uint8_t *bytes, size_t length, uint64_t at_ns) {
  size_t at = 0;
  while (c->state == STATE_OPEN && (at < length)) {
    if (c->opcode == 0xff) {
      bool complete = false;
      at += take_header(c, bytes + at, length - at, &complete);
      if (!complete) {
        c->opcode = 0xff;
        return;
      }
      if (c->opcode & 8) c->control_length = 0;
      else if (c->opcode != 0) begin_message(c, c->opcode);
    }
    size_t n = length - at < c->left ? length - at : (size_t)c->left;
    if (c->opcode & 8) {
      if (c->control_length + n > sizeof c->control) return lose(c);
      memcpy(c->control + c->control_length, bytes + at, n);
      c->control_length += (uint32_t)n;
    } else {
      add_payload(c, bytes + at, n);
    }
    at += n;
    c->left -= n;
    if (c->left > 0) return;
    if (c->opcode & 8) take_control(c);
    else if (c->fin) take_message(c, at_ns);
    c->opcode = 0xff;
  }
}

// An event ends with an empty line.
static void take_events(struct connection *c, const uint8_t *bytes, size_t length, uint64_t at_ns) {
  size_t at = 0;
  while (at < length) {
    if (c->line_ended && bytes[at] == '\n') {
      at++;
      take_message(c, at_ns);
      begin_message(c, 1);
      c->line_ended = false;
      continue;
    }
    const uint8_t *end = memchr(bytes + at, '\n', length - at);
    size_t n = end == NULL ? length - at : (size_t)(end - (bytes + at)) + 1;
    add_payload(c, bytes + at, n);
    c->line_ended = end != NULL;
    at += n;
  }
}

// Chunked coding: a length in hexadecimal, the chunk, and an empty line after it.
static void take_chunks(struct connection *c, const uint8_t *bytes, size_t length, uint64_t at_ns) {
  size_t at = 0;
  while (at < length) {
    if (c->left > 0) {
      size_t n = length - at < c->left ? length - at : (size_t)c->left;
      take_events(c, bytes + at, n, at_ns);
      at += n;
      c->left -= n;
      continue;
    }
    uint8_t byte = bytes[at++];
    if (byte != '\n') {
      if (byte != '\r' && c->head_length < sizeof c->head - 1) c->head[c->head_length++] = byte;
      continue;
    }
    c->head[c->head_length] = 0;
    c->left = strtoull((char *)c->head, NULL, 16);
    c->head_length = 0;
  }
}

static void take_open(struct connection *c, const uint8_t *bytes, size_t length, uint64_t at_ns) {
  if (client.kind == KIND_SSE) take_chunks(c, bytes, length, at_ns);
  else take_frames(c, bytes, length, at_ns);
}

// Reads the answer's head byte by byte: it is short, and comes once.
static void take_handshake(struct connection *c, const uint8_t *bytes, size_t length, uint64_t at_ns) {
  for (size_t i = 0; i < length; i++) {
    if (c->prefix_length < 40) c->prefix[c->prefix_length++] = bytes[i];
    memmove(c->head, c->head + 1, 3);
    c->head[3] = bytes[i];
    if (memcmp(c->head, "\r\n\r\n", 4) != 0) continue;
    const char *wanted = client.kind == KIND_SSE ? "HTTP/1.1 200" : "HTTP/1.1 101";
    if (!begins(c, wanted)) {
      if (c->index == 0) fprintf(stderr, "answered with %.*s\n", (int)c->prefix_length, c->prefix);
      return lose(c);
    }
    c->state = STATE_OPEN;
    c->opcode = 0xff;
    c->head_length = 0;
    begin_message(c, 1);
    if (client.kind == KIND_WS || client.kind == KIND_SSE) become_ready(c);
    return take_open(c, bytes + i + 1, length - i - 1, at_ns);
  }
}

void connection_readable(struct connection *c) {
  ssize_t n = recv(c->fd, scratch, sizeof scratch, 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) return lose(c);
  c->bytes += (uint64_t)n;
  uint64_t at_ns = now_ns();
  if (c->state == STATE_HANDSHAKE) take_handshake(c, scratch, (size_t)n, at_ns);
  else take_open(c, scratch, (size_t)n, at_ns);
}
