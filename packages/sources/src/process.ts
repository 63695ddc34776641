import { readdir } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import type { Sample, Source } from "@metricast/core";

const microsecondsPerSecond = 1e6;
const millisecondsPerSecond = 1_000;

export interface ProcessSourceOptions {
  /** Read only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * The process as the system sees it: CPU seconds, memory, open file descriptors (where `/proc` exists), uptime. No
 * name is one of the default metrics of Prometheus clients, so that a registry with those can stand beside it.
 */
export function processSource({ lazy = false }: ProcessSourceOptions = {}): Source {
  return {
    name: "process",
    lazy,
    async read({ now }) {
      const openFds = await countOpenFds();
      const samples = [...cpuSamples(), ...memorySamples(), ...lifeSamples(now)];
      if (openFds !== undefined) {
        samples.push({ name: "process_file_descriptors", value: openFds, help: "Open file descriptors." });
      }
      return samples;
    },
  };
}

function cpuSamples(): Sample[] {
  const { user, system } = process.cpuUsage();
  return [cpu("user", user), cpu("system", system)];
}

function cpu(mode: "user" | "system", microseconds: number): Sample {
  return {
    name: "process_cpu_usage_seconds_total",
    labels: { mode },
    value: microseconds / microsecondsPerSecond,
    kind: "counter",
    unit: "seconds",
    help: "CPU time spent in user code, and in the kernel for it.",
  };
}

function memorySamples(): Sample[] {
  const usage = process.memoryUsage();
  return [
    memory("process_rss_bytes", usage.rss, "Memory held in RAM."),
    memory("process_heap_total_bytes", usage.heapTotal, "JavaScript heap reserved."),
    memory("process_heap_used_bytes", usage.heapUsed, "JavaScript heap in use."),
    memory("process_external_bytes", usage.external, "Memory of objects bound to JavaScript ones."),
    memory(
      "process_array_buffers_bytes",
      usage.arrayBuffers,
      "Memory of ArrayBuffers; part of external memory.",
    ),
  ];
}

function memory(name: string, value: number, help: string): Sample {
  return { name, value, unit: "bytes", help };
}

function lifeSamples(nowMs: number): Sample[] {
  return [
    {
      name: "process_started_at_seconds",
      value: performance.timeOrigin / millisecondsPerSecond,
      unit: "seconds",
      help: "Start of the process, seconds since the Unix epoch.",
      aggregator: "omit",
    },
    {
      name: "process_uptime_seconds",
      // A tick's time is when it began, which for the first one may be before the process did.
      value: Math.max(0, nowMs - performance.timeOrigin) / millisecondsPerSecond,
      unit: "seconds",
      help: "Age of the process.",
      aggregator: "max",
    },
  ];
}

/** Undefined where there is no `/proc`. */
async function countOpenFds(): Promise<number | undefined> {
  try {
    // The listing has a descriptor of its own while it lasts.
    return (await readdir("/proc/self/fd")).length - 1;
  } catch {
    return undefined;
  }
}
