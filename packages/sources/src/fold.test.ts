import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldFamily, unfold } from "./fold.js";
import type { MetricFamily, Row } from "./metric-family.js";

const row = (name: string, value: number, labels: Record<string, string> = {}): Row => ({
  name,
  labels,
  value,
});

function histogram(rows: readonly Row[]): MetricFamily {
  return { name: "wait_seconds", type: "histogram", help: "Waiting.", rows };
}

const whole = [
  row("wait_seconds_bucket", 3, { le: "0.1", queue: "a" }),
  row("wait_seconds_bucket", 5, { le: "1", queue: "a" }),
  row("wait_seconds_bucket", 6, { le: "+Inf", queue: "a" }),
  row("wait_seconds_sum", 4.5, { queue: "a" }),
  row("wait_seconds_count", 6, { queue: "a" }),
];

const folded = {
  name: "wait_seconds",
  labels: { queue: "a" },
  kind: "histogram",
  unit: "seconds",
  help: "Waiting.",
  value: { bounds: [0.1, 1], counts: [3, 2, 1], sum: 4.5, count: 6 },
};

describe("foldFamily", () => {
  it("makes one sample of a histogram's rows, with each bucket's own count", () => {
    expect(foldFamily(histogram(whole))).toEqual([folded]);
  });

  it("does so in whatever order the rows come", () => {
    expect(foldFamily(histogram(whole.toReversed()))).toEqual([folded]);
  });

  it("keeps label sets apart", () => {
    const other = whole.map(({ name, labels, value }) => row(name, value, { ...labels, queue: "b" }));
    const samples = foldFamily(histogram([...whole, ...other]));
    expect(samples).toEqual([folded, { ...folded, labels: { queue: "b" } }]);
  });

  it.each([
    ["the +Inf bucket", whole.filter(({ labels }) => labels.le !== "+Inf")],
    ["_count", whole.filter(({ name }) => !name.endsWith("_count"))],
  ])("does without %s", (_what, rows) => {
    expect(foldFamily(histogram(rows))).toEqual([folded]);
  });

  it("believes the buckets where an exporter read its count at another moment", () => {
    const torn = whole.map((each) => (each.name.endsWith("_count") ? { ...each, value: 7 } : each));
    expect(foldFamily(histogram(torn))).toEqual([folded]);
  });

  it("never counts below zero where buckets are out of step", () => {
    const torn = whole.map((each) => (each.labels.le === "1" ? { ...each, value: 2 } : each));
    const [sample] = foldFamily(histogram(torn));
    expect(sample?.value).toEqual({ bounds: [0.1, 1], counts: [3, 0, 3], sum: 4.5, count: 6 });
  });

  it.each([
    ["no sum", whole.filter(({ name }) => !name.endsWith("_sum"))],
    ["no buckets", whole.filter(({ name }) => !name.endsWith("_bucket"))],
    ["no bound but +Inf", whole.filter(({ labels }) => labels.le === undefined || labels.le === "+Inf")],
    ["more bounds than a histogram may have", manyBounds(257)],
    ["a bound twice", [...whole, row("wait_seconds_bucket", 1, { le: "1.0", queue: "a" })]],
    ["a bound that is none", [...whole, row("wait_seconds_bucket", 1, { le: "wide", queue: "a" })]],
    ["a bucket without bound", [...whole, row("wait_seconds_bucket", 1, { queue: "a" })]],
    [
      "a count that is none",
      [...whole.slice(1), row("wait_seconds_bucket", Number.NaN, { le: "0.1", queue: "a" })],
    ],
    ["neither total", whole.filter(({ name, labels }) => !name.endsWith("_count") && labels.le !== "+Inf")],
    ["a row of the bare name", [...whole, row("wait_seconds", 1, { queue: "a" })]],
  ])("leaves the rows as they are with %s", (_what, rows) => {
    const samples = foldFamily(histogram(rows));
    expect(unfold(samples)).toEqual(rows);
    expect(samples.every(({ kind, name }) => kind === (name === "wait_seconds" ? "gauge" : "counter"))).toBe(
      true,
    );
  });

  it("folds as many bounds as a histogram may have", () => {
    expect(foldFamily(histogram(manyBounds(256)))).toMatchObject([
      { kind: "histogram", value: { count: 256 } },
    ]);
  });

  it("leaves a summary as gauges by quantile and two counters", () => {
    const rows = [
      row("wait_seconds", 0.2, { quantile: "0.5" }),
      row("wait_seconds_sum", 4.5),
      row("wait_seconds_count", 6),
    ];
    expect(foldFamily({ name: "wait_seconds", type: "summary", aggregator: "sum", rows })).toEqual([
      {
        name: "wait_seconds",
        labels: { quantile: "0.5" },
        kind: "gauge",
        value: 0.2,
        unit: "seconds",
        aggregator: "average",
      },
      { name: "wait_seconds_sum", kind: "counter", value: 4.5, unit: "seconds", aggregator: "sum" },
      { name: "wait_seconds_count", kind: "counter", value: 6, aggregator: "sum" },
    ]);
  });

  it.each([
    ["counter", "jobs", "jobs_total", "counter"],
    ["counter", "jobs", "jobs_created", "gauge"],
    ["counter", "jobs_created", "jobs_created", "counter"],
    ["untyped", "jobs", "jobs", "gauge"],
    ["gaugehistogram", "jobs", "jobs_bucket", "gauge"],
    ["info", "jobs", "jobs_info", "gauge"],
  ] as const)("takes of a %s %s the row %s for a %s", (type, name, rowName, kind) => {
    expect(foldFamily({ name, type, rows: [row(rowName, 1)] })[0]?.kind).toBe(kind);
  });

  it("keeps the time of creation beside the histogram", () => {
    const samples = foldFamily(histogram([...whole, row("wait_seconds_created", 1.7e9, { queue: "a" })]));
    expect(samples.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "wait_seconds histogram",
      "wait_seconds_created gauge",
    ]);
  });

  it("is undone by unfold, row by row", () => {
    const labels = fc.dictionary(
      fc.constantFrom("a", "b", "__proto__", "quantile"),
      fc.string({ maxLength: 3 }),
      { maxKeys: 3, noNullPrototype: false },
    );
    const state = fc.record({
      labels,
      bounds: fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }), {
        maxLength: 8,
        selector: Number,
      }),
      counts: fc.array(fc.nat(), { minLength: 9, maxLength: 9 }),
      sum: fc.double({ noNaN: true }),
    });
    const states = fc.uniqueArray(state, {
      selector: (each) => JSON.stringify(Object.entries(each.labels).sort()),
    });
    fc.assert(
      fc.property(states, (all) => {
        const rows = all.flatMap((each) => exposed(each.labels, each.bounds, each.counts, each.sum));
        expect(unfold(foldFamily(histogram(rows)))).toEqual(rows);
      }),
    );
  });
});

function manyBounds(count: number): Row[] {
  const bounds = Array.from({ length: count }, (_, index) => index);
  return exposed(
    {},
    bounds,
    bounds.map(() => 1),
    1,
  );
}

/** A histogram's rows written down by hand. */
function exposed(
  labels: Record<string, string>,
  given: readonly number[],
  counts: readonly number[],
  sum: number,
) {
  // -0 is written as 0.
  const bounds = given.map((bound) => bound + 0).sort((a, b) => a - b);
  let cumulative = 0;
  const rows = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    cumulative += counts[index] ?? 0;
    const le = bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound);
    return row("wait_seconds_bucket", cumulative, { ...labels, le });
  });
  return [...rows, row("wait_seconds_sum", sum, labels), row("wait_seconds_count", cumulative, labels)];
}
