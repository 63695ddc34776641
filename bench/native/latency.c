#include "latency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t *times;
static uint32_t width, kept;

void latency_keep(uint32_t connections, uint32_t ticks) {
  free(times);
  width = connections;
  kept = ticks;
  times = calloc((size_t)connections * ticks, sizeof *times);
}

void latency_zero(void) {
  if (times != NULL) memset(times, 0, (size_t)width * kept * sizeof *times);
}

void latency_record(uint32_t connection, uint64_t tick, uint64_t at_ns) {
  if (tick >= 1 && tick <= kept) times[(tick - 1) * width + connection] = at_ns;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static double at(const double *ms, uint64_t count, double share) {
  uint64_t index = (uint64_t)(share * (double)count);
  return count == 0 ? 0 : ms[index < count ? index : count - 1];
}

void print_percentiles(double *ms, uint64_t count) {
  qsort(ms, count, sizeof *ms, ascending);
  printf("{\"samples\":%llu,\"p50\":%.3f,\"p90\":%.3f,\"p99\":%.3f,\"max\":%.3f}\n", (unsigned long long)count,
         at(ms, count, 0.5), at(ms, count, 0.9), at(ms, count, 0.99), at(ms, count, 1));
}

void latency_report(char *starts) {
  double *ms = malloc((size_t)width * kept * sizeof *ms);
  uint64_t count = 0;
  uint32_t tick = 0;
  for (char *word = strtok(starts, " "); word != NULL && tick < kept; word = strtok(NULL, " "), tick++) {
    uint64_t start = strtoull(word, NULL, 10);
    for (uint32_t c = 0; c < width; c++) {
      uint64_t time = times[(size_t)tick * width + c];
      if (time != 0) ms[count++] = ((double)time - (double)start) / 1e6;
    }
  }
  print_percentiles(ms, count);
  free(ms);
}
