import { openTelemetryReader } from "@metricast/sources";
import { memoryStore } from "@metricast/store-memory";
import { Instances, type Viewer } from "@metricast/testkit";
import { AggregationType, MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test } from "vitest";

/** What the view's histogram holds now: its bounds, and the count of each bucket. */
function histogramIn(viewer: Viewer, name: string) {
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
function upperBoundAt(rank: number, { bounds, counts }: ReturnType<typeof histogramIn>): number {
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

  const merged = histogramIn(viewer, "wait");
  expect(viewer.allFaults).toEqual([]);
  expect(viewer.of("quality").filter(({ reason }) => reason === "bounds")).toEqual([]);
  expect(merged.counts.slice(0, merged.bounds.length).reduce((sum, one) => sum + (one ?? 0), 0)).toBe(400);
  // Forty buckets hold eleven doublings at scale 1; the other instance's are finer than the bounds.
  const factor = 2 ** (2 ** -1);
  for (const [rank, value] of values.entries()) {
    const read = upperBoundAt(rank, merged);
    expect(read).toBeGreaterThanOrEqual(value * (1 - 1e-9));
    expect(read).toBeLessThanOrEqual(value * factor * (1 + 1e-9));
  }
});

async function recorderAt(maxSize: number) {
  const reader = openTelemetryReader();
  const aggregation = { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize } } as const;
  const provider = new MeterProvider({ readers: [reader], views: [{ instrumentName: "wait", aggregation }] });
  onTestFinished(() => provider.shutdown());
  const wait = provider.getMeter("shop").createHistogram("wait", { unit: "s" });
  wait.record(1);
  return { source: reader.source, record: (value: number) => wait.record(value) };
}
