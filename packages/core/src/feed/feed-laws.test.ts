import fc from "fast-check";
import { expect, it } from "vitest";
import type { Batch } from "../contracts/feed.js";
import { metricsFeed } from "./testing/metrics-feed.js";

interface Seen {
  readonly state: number;
  readonly values: readonly number[];
}

/** A copy of what the columns show. */
function shown({ columns }: Batch): Seen[] {
  return columns.series.map(({ index, slot, width }) => ({
    state: columns.states[index] ?? 0,
    values: [...columns.values.subarray(slot, slot + width)],
  }));
}

function differs(one: Seen, other: Seen = { state: 0, values: one.values }): boolean {
  return one.state !== other.state || one.values.some((value, slot) => !Object.is(value, other.values[slot]));
}

const value = fc.oneof(
  fc.constantFrom<unknown>(0, -0, 1, 2, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null),
  fc.constant({ bounds: [1], counts: [1, 2], sum: 3, count: 3 }),
  fc.constant({ bounds: [2], counts: [1, 2], sum: 3, count: 3 }),
);
const sample = fc.record(
  {
    name: fc.constantFrom<unknown>("a", "b", "c", "__proto__", "bad name", 7),
    value,
    labels: fc.constantFrom<unknown>(undefined, {}, { x: "1" }, { x: "2" }, { x: "3" }, { x: 4 }, null),
    kind: fc.constantFrom<unknown>(undefined, undefined, "gauge", "counter", "histogram", "odd"),
  },
  { requiredKeys: [] },
);
const answer = fc.oneof(
  { weight: 5, arbitrary: fc.array(sample, { maxLength: 6 }) },
  { weight: 2, arbitrary: fc.dictionary(fc.constantFrom("a", "b", "d", "__proto__", "b ad"), value) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, "text", 5, []) },
);
/** How a source behaves at one call. */
const behaviour = fc.record({
  answer,
  how: fc.constantFrom("at once", "throw", "reject", "hang", "soon", "late"),
});
const moves = fc.array(
  fc.record({
    waitMs: fc.constantFrom(0, 100, 250, 1_000, 3_000),
    stepMs: fc.constantFrom(0, 0, 0, 2_500, -1_700),
    push: fc.constantFrom(0, 1, Number.NaN),
  }),
  { maxLength: 20 },
);

it("whatever sources and clocks do, ticks ascend and `changed` is exactly what differs", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(behaviour, { maxLength: 12 }), { maxLength: 3 }),
      moves,
      async (sources, steps) => {
        const problems: string[] = [];
        const { clock, budget, feed } = metricsFeed({
          maxSeries: 12,
          maxLabelSets: 2,
          report: (_severity, code) => problems.push(code),
        });
        for (const behaviours of sources) {
          let inFlight = 0;
          const pending = [...behaviours];
          const read = () => {
            if (inFlight > 0) problems.push("two reads at once");
            const { how, answer: given } = pending.shift() ?? { how: "at once", answer: {} };
            if (how === "at once") return given;
            if (how === "throw") throw new Error("no");
            inFlight = 1;
            return new Promise((resolve, reject) => {
              const settle = () => {
                inFlight = 0;
                if (how === "reject") reject(new Error("no"));
                else resolve(given);
              };
              if (how !== "hang") clock.after(how === "late" ? 700 : 20, settle);
            });
          };
          Reflect.apply(feed.addSource, feed, [{ name: "drawn", read }]);
        }
        const counter = feed.counter("pushed", { labels: ["id"] });
        let before: Seen[] = [];
        let last: Batch | undefined;
        feed.start((batch) => {
          const now = shown(batch);
          const wanted = now.flatMap((series, index) => (differs(series, before[index]) ? [index] : []));
          expect(batch.changed).toEqual(wanted);
          expect(batch.firstNew).toBe(before.length);
          expect(batch.prev).toBe(last?.tick);
          if (last !== undefined) expect(batch.tick).toBeGreaterThan(last.tick);
          batch.columns.series.forEach((series, index) => {
            expect(series.index).toBe(index);
            const stale = batch.columns.states[index] === 2;
            expect(batch.columns.staleCause(index) !== undefined).toBe(stale);
          });
          before = now;
          last = batch;
        });
        for (const { waitMs, stepMs, push } of steps) {
          counter.inc(push, { id: String(push) });
          clock.stepWall(stepMs);
          await clock.advanceAsync(waitMs);
          expect(budget.used).toBeLessThanOrEqual(12);
        }
        await clock.advanceAsync(1_250);
        expect(problems).not.toContain("MC_INTERNAL");
        expect(problems).not.toContain("two reads at once");
        await feed.stop();
      },
    ),
    { numRuns: 150 },
  );
});
