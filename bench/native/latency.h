// When each connection had each tick.
#ifndef METRICAST_BENCH_LATENCY_H
#define METRICAST_BENCH_LATENCY_H

#include <stdint.h>

void latency_keep(uint32_t connections, uint32_t ticks);
void latency_zero(void);
void latency_record(uint32_t connection, uint64_t tick, uint64_t at_ns);
/** `starts`: when each tick began, nanoseconds of the same clock, separated by spaces. Prints percentiles in ms. */
void latency_report(char *starts);
/** Prints percentiles of durations in ms; sorts them. */
void print_percentiles(double *ms, uint64_t count);

#endif
