import { constants, PerformanceObserver } from "node:perf_hooks";
import type { Sample, Source } from "@metricast/core";

const millisecondsPerSecond = 1_000;

const kinds = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/**
 * Garbage collections and the seconds they took, by kind. Counting starts with the first read and ends with `close`; it
 * never keeps the process alive.
 */
export function gcSource(): Source {
  const watch = new GcWatch();
  return { name: "gc", read: () => watch.read(), close: () => watch.close() };
}

interface Collections {
  runs: number;
  seconds: number;
}

class GcWatch {
  readonly #byKind = new Map(
    [...kinds.values()].map((kind): [string, Collections] => [kind, { runs: 0, seconds: 0 }]),
  );
  #observer: PerformanceObserver | undefined;

  read(): Sample[] {
    if (this.#observer === undefined) {
      this.#observer = new PerformanceObserver((list) => this.#count(list.getEntries()));
      this.#observer.observe({ entryTypes: ["gc"] });
    } else {
      // Those that the observer was not yet told of.
      this.#count(this.#observer.takeRecords());
    }
    return [...this.#byKind].flatMap(([kind, collections]) => kindSamples(kind, collections));
  }

  close(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  #count(entries: readonly { readonly duration: number; readonly detail?: unknown }[]): void {
    for (const { duration, detail } of entries) {
      const collections = this.#byKind.get(kindOf(detail));
      if (collections === undefined) continue;
      collections.runs++;
      collections.seconds += duration / millisecondsPerSecond;
    }
  }
}

function kindOf(detail: unknown): string {
  const kind: unknown =
    typeof detail === "object" && detail !== null ? Reflect.get(detail, "kind") : undefined;
  return (typeof kind === "number" ? kinds.get(kind) : undefined) ?? "unknown";
}

function kindSamples(kind: string, { runs, seconds }: Collections): Sample[] {
  const labels = { kind };
  return [
    { name: "gc_runs_total", labels, value: runs, kind: "counter", help: "Garbage collections." },
    {
      name: "gc_seconds_total",
      labels,
      value: seconds,
      kind: "counter",
      unit: "seconds",
      help: "Time spent in garbage collections.",
    },
  ];
}
