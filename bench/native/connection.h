// One connection of the load client: opens, reads whole messages, answers pings, and counts.
#ifndef METRICAST_BENCH_CONNECTION_H
#define METRICAST_BENCH_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind { KIND_WS, KIND_SOCKETIO, KIND_SSE, KIND_METRICAST };
enum state { STATE_CONNECTING, STATE_HANDSHAKE, STATE_OPEN, STATE_CLOSED };

#define PREFIX_BYTES 128
#define MAX_VIEWS 8

struct connection {
  int fd;
  uint32_t index;
  uint8_t state;
  bool ready;  // opened as far as its kind goes: 101, Socket.IO's connect, metricast's welcome
  bool said;   // whether the reply that `tell` waits for has come
  // The frame being read.
  uint8_t head[14];
  uint8_t head_length;
  uint8_t opcode;
  bool fin;
  uint64_t left;
  // The message being read: its length, its first bytes.
  uint8_t message_opcode;
  uint64_t message_bytes;
  uint8_t prefix[PREFIX_BYTES];
  uint32_t prefix_length;
  uint8_t control[128];
  uint32_t control_length;
  uint64_t hash;
  // Server-sent events: what the last byte was.
  bool line_ended;
  // What was counted since the last `zero`.
  uint64_t count;
  uint64_t payload_bytes;
  uint64_t bytes;
  uint64_t pings;
  uint64_t others;
  uint64_t broken;
  uint64_t last_hash;
  uint32_t close_code;
  // The chain of each view, by its number.
  struct {
    uint64_t view;
    uint64_t tick;
  } chains[MAX_VIEWS];
  uint32_t chain_count;
};

struct client {
  enum kind kind;
  uint16_t port;
  const char *path;
  const char *protocol;
  const char *until;  // the beginning of the message that ends a `tell`
  bool hashing;
  uint8_t *capture;  // the last message of the first connection, while hashing
  size_t capture_length;
  size_t capture_size;
  /** Called where a connection became ready, got the reply it waits for, took a data message, or was lost. */
  void (*on_ready)(struct connection *);
  void (*on_said)(struct connection *);
  void (*on_data)(struct connection *, uint64_t now_ns);
  void (*on_lost)(struct connection *);
};

extern struct client client;

uint64_t now_ns(void);
/** Begins to connect; the socket does not block. */
int connection_start(struct connection *c);
/** Once writable: sends the request that opens it. */
void connection_connected(struct connection *c);
void connection_readable(struct connection *c);
void connection_say(struct connection *c, const char *text);
void connection_zero(struct connection *c);

#endif
