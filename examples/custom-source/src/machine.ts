import { availableParallelism, cpus, freemem, loadavg, totalmem } from "node:os";

/** The smallest source: a function that returns names and numbers. */
export function memory(): Record<string, number> {
  return { machine_memory_free_bytes: freemem(), machine_memory_total_bytes: totalmem() };
}

/** A source with more to say: labels, kind, unit and help. */
export function cpuTimes() {
  return cpus().flatMap(({ times }, index) =>
    Object.entries(times).map(([mode, ms]) => ({
      name: "machine_cpu_seconds_total",
      labels: { cpu: String(index), mode },
      value: ms / 1_000,
      kind: "counter" as const,
      unit: "seconds",
      help: "Time each processor spent in each mode.",
    })),
  );
}

/** Load per processor: 1 is fully busy. */
export function loadRatio(): number {
  const [lastMinute = 0] = loadavg();
  return lastMinute / availableParallelism();
}
