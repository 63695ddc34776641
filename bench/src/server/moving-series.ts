import type { Sample } from "@metricast/core";

const methods = ["GET", "POST", "PUT", "DELETE"] as const;
/** Ten bounds; each is that of a tenth of the series. */
export const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

const hundredths = 100;

/** A selection of ten hundredths of the series, others for each number. */
export function tenth(number: number): string[] {
  const distinct = new Set<number>();
  for (let at = 0; distinct.size < 10; at += 1)
    distinct.add((number * 7 + at * (1 + (number % 9))) % hundredths);
  return [...distinct].map((shard) => `*{shard="${shard}"}`);
}

interface MutableSample extends Sample {
  readonly name: string;
  value: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly kind: "counter";
}

/** The text under which peers send a series. */
function flatName(name: string, labels: Readonly<Record<string, string>>): string {
  const inner = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${inner.join(",")}}`;
}

/**
 * Buckets of a service's request histogram, as flat counters. With every tick a part of them grows, others each time. The
 * same for every arm: peers take the snapshot, metricast the samples.
 */
export class MovingSeries {
  readonly samples: readonly MutableSample[];
  /** What a peer sends, kept up to date in place. */
  readonly snapshot: { seq: number; readonly metrics: Record<string, number> };
  /** When each tick began, by the system's monotonic clock in nanoseconds. */
  readonly starts: bigint[] = [];
  readonly #names: readonly string[];
  readonly #share: number;
  #seed = 1;

  /** `share`: which part changes with a tick. */
  constructor(count: number, share = 0.1) {
    this.samples = Array.from({ length: count }, (_, index) => sampleOf(index));
    this.#names = this.samples.map(({ name, labels }) => flatName(name, labels));
    const metrics = Object.fromEntries(this.samples.map(({ value }, index) => [this.#names[index], value]));
    this.snapshot = { seq: 0, metrics };
    this.#share = share;
  }

  advance(): void {
    this.starts.push(process.hrtime.bigint());
    const { samples, snapshot } = this;
    snapshot.seq += 1;
    const every = Math.round(1 / this.#share);
    for (let index = snapshot.seq % every; index < samples.length; index += every) {
      const sample = samples[index];
      const name = this.#names[index];
      if (sample === undefined || name === undefined) continue;
      sample.value += this.#growth();
      snapshot.metrics[name] = sample.value;
    }
  }

  /** Between 1 and 64, small ones more often, as counters of requests grow. */
  #growth(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    const bits = this.#seed >>> 26;
    return 1 + (bits & (this.#seed >>> 20));
  }
}

function sampleOf(index: number): MutableSample {
  const bucket = index % bounds.length;
  const route = Math.floor(index / (bounds.length * methods.length));
  const method = methods[Math.floor(index / bounds.length) % methods.length] ?? "GET";
  // `le` and `shard` are there to select by: tenths and hundredths of the series.
  const labels = {
    method,
    route: `/${route}`,
    shard: String(index % hundredths),
    le: String(bounds[bucket]),
  };
  return {
    name: "http_request_duration_seconds_bucket",
    labels,
    kind: "counter",
    value: 100_000 + ((index * 7_919) % 900_000),
  };
}
