// Asks a route of the host at a steady rate, whatever the answers take, and measures how long they take.
#ifndef METRICAST_BENCH_ROUTE_PROBE_H
#define METRICAST_BENCH_ROUTE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

void probe_start(int epoll_fd, uint64_t tag, uint16_t port, const char *path, double per_second, double seconds);
void probe_event(uint64_t which, uint32_t events);
/** Prints the percentiles once all answers have come; true from then on. */
bool probe_done(void);

#endif
