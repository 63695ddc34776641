import { isGaugeColumn } from "@metricast/protocol";
import { openTelemetryReader } from "@metricast/sources";
import { memoryStore } from "@metricast/store-memory";
import { type Instance, Instances, type Viewer } from "@metricast/testkit";
import { AggregationType, MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test } from "vitest";

interface Histogram {
  readonly bounds: readonly number[];
  /** Of each bucket. */
  readonly counts: readonly number[];
}

/** What the view's histogram holds now. */
function histogramIn(viewer: Viewer, name: string): Histogram {
  let names: string[] = [];
  let bounds: readonly number[] = [];
  const counts: number[] = [];
  for (const { prev, series = [], i, v } of viewer.of("frame")) {
    if (prev === undefined) names = [];
    names.push(...series.map((one) => one.name));
    bounds = series.find((one) => one.name === name)?.bounds ?? bounds;
    let id = 0;
    for (const [at, distance] of i.entries()) {
      id += distance;
      const value = v[at];
      if (names[id] !== name || !Array.isArray(value)) continue;
      for (let k = 0; k < value.length; k += 2) counts[Number(value[k])] = Number(value[k + 1]);
    }
  }
  return { bounds, counts };
}

/** The upper bound of the bucket that holds the value of a rank. */
function upperBoundAt(rank: number, { bounds, counts }: Histogram): number {
  let below = 0;
  const slot = bounds.findIndex((_, k) => {
    below += counts[k] ?? 0;
    return below > rank;
  });
  return bounds[slot] ?? Number.POSITIVE_INFINITY;
}

test("exponential histograms of instances, each at a scale of its own, merge within the stated error", async () => {
  const all = new Instances((clock) => memoryStore({ clock }));
  onTestFinished(() => all.close());
  const recorders = await Promise.all([160, 40].map((maxSize) => recorderAt(maxSize)));
  const [first] = await Promise.all(
    recorders.map(async ({ source }, number) => {
      const instance = await all.add(`web-${number}`, {});
      instance.cast.addSource(source);
      return instance;
    }),
  );
  if (first === undefined) throw new Error("there is one");
  await all.tick(3);
  const viewer = await all.view(first);
  await all.tick(2);

  // What was counted before all were seen is no growth.
  const values = Array.from({ length: 400 }, (_, k) => 0.002 * 1.02 ** k);
  for (const [k, value] of values.entries()) {
    recorders[k % 2]?.record(value);
    if (k % 100 === 99) await all.tick();
  }
  await all.tick(3);

  expect(viewer.allFaults).toEqual([]);
  expect(viewer.of("quality").filter(({ reason }) => reason === "bounds")).toEqual([]);
  // As the last tick shows it; as points of the past add up, and as one coarse point holds it.
  for (const merged of [histogramIn(viewer, "wait"), grownIn(first, 300), grownIn(first, 1)]) {
    expect(merged.counts.slice(0, merged.bounds.length).reduce((sum, one) => sum + (one ?? 0), 0)).toBe(400);
    // Forty buckets hold eleven doublings at scale 1; the other instance's are finer than the bounds.
    const factor = 2 ** (2 ** -1);
    for (const [rank, value] of values.entries()) {
      const read = upperBoundAt(rank, merged);
      expect(read).toBeGreaterThanOrEqual(value * (1 - 1e-9));
      expect(read).toBeLessThanOrEqual(value * factor * (1 + 1e-9));
    }
  }
});

/** What history says that all instances' histogram grew by, in so many points. */
function grownIn({ cast }: Instance, points: number): Histogram {
  const { series } = cast.query({ select: ["wait"], from: 0, to: Number.MAX_SAFE_INTEGER, points });
  const [{ info, columns } = raise("wait is not there")] = series;
  const counts = columns.slice(0, -1).map((column) => {
    if (isGaugeColumn(column)) return raise("a histogram has counters");
    // Where an instance was first seen, what it grew by is not known.
    return column.increase.reduce((sum, increase) => sum + (increase || 0), 0);
  });
  expect(columns[0]?.last.length).toBeLessThanOrEqual(points + 1);
  return { bounds: info.bounds ?? [], counts };
}

function raise(message: string): never {
  throw new Error(message);
}

async function recorderAt(maxSize: number) {
  const reader = openTelemetryReader();
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } } as const;
  const provider = new MeterProvider({ readers: [reader], views: [{ instrumentName: "wait", aggregation }] });
  onTestFinished(() => provider.shutdown());
  const wait = provider.getMeter("shop").createHistogram("wait", { unit: "s" });
  wait.record(1);
  return { source: reader.source, record: (value: number) => wait.record(value) };
}
