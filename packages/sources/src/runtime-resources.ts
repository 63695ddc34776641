import type { Sample, Source } from "@metricast/core";

const bytesPerKilobyte = 1_024;

export interface RuntimeResourcesOptions {
  /** Read only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * What the system counted for the process (page faults, context switches, file system operations, greatest memory) and
 * what keeps its event loop alive, by type. A type that was there once stays, with 0.
 */
export function runtimeResourcesSource({ lazy = false }: RuntimeResourcesOptions = {}): Source {
  const seen = new Set<string>();
  return { name: "runtime-resources", lazy, read: () => [...usageSamples(), ...activeSamples(seen)] };
}

function usageSamples(): Sample[] {
  const usage = process.resourceUsage();
  const faults = "Page faults: served from memory (minor), or from the disk (major).";
  const switches = "Times the process left the processor: of itself, or made to.";
  const operations = "Times the file system was read from, or written to, past its cache.";
  return [
    count("process_page_faults_total", { kind: "minor" }, usage.minorPageFault, faults),
    count("process_page_faults_total", { kind: "major" }, usage.majorPageFault, faults),
    count("process_context_switches_total", { kind: "voluntary" }, usage.voluntaryContextSwitches, switches),
    count(
      "process_context_switches_total",
      { kind: "involuntary" },
      usage.involuntaryContextSwitches,
      switches,
    ),
    count("process_filesystem_operations_total", { kind: "read" }, usage.fsRead, operations),
    count("process_filesystem_operations_total", { kind: "write" }, usage.fsWrite, operations),
    {
      name: "process_rss_peak_bytes",
      value: usage.maxRSS * bytesPerKilobyte,
      unit: "bytes",
      help: "Most memory the process held in RAM at a time.",
      aggregator: "max",
    },
  ];
}

function count(name: string, labels: Sample["labels"], value: number, help: string): Sample {
  return { name, labels, value, kind: "counter", help };
}

function activeSamples(seen: Set<string>): Sample[] {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
  for (const type of counts.keys()) seen.add(type);
  return [...seen].map((type) => ({
    name: "active_resources",
    labels: { type },
    value: counts.get(type) ?? 0,
    help: "Handles and requests that keep the event loop alive.",
    aggregator: "sum",
  }));
}
