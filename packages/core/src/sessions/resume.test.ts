import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPosition } from "../position.js";
import { planJoin } from "./resume.js";
import { fakeChannel } from "./testing/fake-channel.js";

const epoch = "0123456789abcdef";
const at = (tick: number) => formatPosition(epoch, tick);

/** A channel of one gauge that was sampled at these ticks. */
function sampled(ticks: Iterable<number>, options: Parameters<typeof fakeChannel>[0] = {}) {
  const { channel, columns, tick } = fakeChannel(options);
  columns.add({ name: "g", labels: {}, kind: "gauge" });
  for (const one of ticks) tick(one, [one]);
  const { headTick } = channel;
  const context = { headTick, nowTick: headTick ?? 0, stepTicks: 1, maxResumePoints: 600 };
  return { channel, columns, context };
}

function* upTo(last: number, from = 1): Generator<number> {
  for (let tick = from; tick <= last; tick += 1) yield tick;
}

describe("a position", () => {
  test("at the head is complete, with nothing owed", () => {
    const { channel, context } = sampled(upTo(50));
    expect(planJoin(channel, { position: at(50) }, context)).toEqual({ resume: { outcome: "complete" } });
  });

  test("that history reaches back to is complete: every tick after it is owed, at full resolution", () => {
    const { channel, context } = sampled(upTo(700));
    expect(planJoin(channel, { position: at(100) }, context)).toEqual({
      resume: { outcome: "complete" },
      owed: { fromTick: 100, toTick: 700, stepTicks: 1 },
    });
  });

  test("longer ago comes back coarser, and says the ranges", () => {
    const { channel, context } = sampled(upTo(700));
    expect(planJoin(channel, { position: at(99) }, context)).toEqual({
      resume: { outcome: "backfilled", ranges: [99, 700, 2] },
      owed: { fromTick: 99, toTick: 700, stepTicks: 2 },
    });
  });

  test("with a wish for fewer points comes back in no more", () => {
    const { channel, context } = sampled(upTo(2_000));
    const { owed, resume } = planJoin(channel, { position: at(5), points: 50 }, context);
    expect(resume?.outcome).toBe("backfilled");
    expect(((owed?.toTick ?? 0) - (owed?.fromTick ?? 0)) / (owed?.stepTicks ?? 1)).toBeLessThanOrEqual(51);
  });

  test("with a wish for more points than a resume may give comes back in no more than those", () => {
    const { channel, context } = sampled(upTo(2_000));
    const few = { ...context, maxResumePoints: 50 };
    const { owed } = planJoin(channel, { position: at(5), points: 2_000 }, few);
    expect(owed).toEqual(planJoin(channel, { position: at(5), points: 50 }, few).owed);
    expect(owed?.stepTicks).toBeGreaterThan(10);
  });

  test("of a process whose ticks were only taken from the store says what is there, never that it is all", () => {
    const { channel, context } = sampled(upTo(50));
    channel.epochs.recall("fedcba9876543210");
    expect(planJoin(channel, { position: "v1.fedcba9876543210.40" }, context).resume).toEqual({
      outcome: "backfilled",
      ranges: [40, 50, 1],
    });
  });

  test.each(["", "nonsense", "v1.x", `v2.${epoch}.5`, `v1.${epoch}.-5`])(
    "B30: %j was never given out",
    (position) => {
      const { channel, context } = sampled(upTo(50));
      expect(planJoin(channel, { position }, context)).toEqual({
        resume: { outcome: "reset", reason: "unknown_position" },
      });
    },
  );

  test("B30: of another lineage", () => {
    const { channel, context } = sampled(upTo(50));
    expect(planJoin(channel, { position: "v1.fedcba9876543210.5" }, context)).toEqual({
      resume: { outcome: "reset", reason: "epoch_changed" },
    });
  });

  test("B30: that is not there yet", () => {
    const { channel, context } = sampled(upTo(50));
    expect(planJoin(channel, { position: at(51) }, context).resume).toEqual({
      outcome: "reset",
      reason: "ahead",
    });
    const empty = sampled([]);
    expect(planJoin(empty.channel, { position: at(1) }, empty.context).resume).toEqual({
      outcome: "reset",
      reason: "ahead",
    });
  });

  test("that history no longer reaches is a reset, and what was asked of history comes besides", () => {
    const { channel, context } = sampled(upTo(5_000), { retentionMs: 500_000, tierSteps: [10] });
    const expired = { outcome: "reset", reason: "expired" };
    expect(planJoin(channel, { position: at(1_000) }, context)).toEqual({ resume: expired });
    expect(planJoin(channel, { position: at(1_000), sinceMs: 100_000 }, context)).toEqual({
      resume: expired,
      owed: { fromTick: 4_900, toTick: 5_000, stepTicks: 1 },
    });
  });

  test("is complete up to the very tick that history still holds, and not one further", () => {
    for (const [stepTicks, tierSteps] of [
      [1, []],
      [10, [10]],
    ] as const) {
      const { channel, context } = sampled(upTo(3_000), { retentionMs: 300_000, tierSteps });
      const oldest = channel.history.oldestTick(stepTicks) ?? 0;
      expect(oldest).toBeGreaterThan(1_000);
      const of = (tick: number) =>
        planJoin(channel, { position: at(tick) }, { ...context, stepTicks, maxResumePoints: 10_000 }).resume;
      expect(of(oldest - 1)).toEqual({ outcome: "complete" });
      expect(of(oldest - 2)).toEqual({ outcome: "reset", reason: "expired" });
    }
  });

  test("before the writer's first tick lost nothing: there was nothing", () => {
    const { channel, context } = sampled(upTo(130, 105));
    expect(planJoin(channel, { position: at(100) }, { ...context, stepTicks: 10, headTick: 130 })).toEqual({
      resume: { outcome: "complete" },
      owed: { fromTick: 100, toTick: 130, stepTicks: 10 },
    });
  });

  test("at a coarser step is taken down to it", () => {
    const { channel, context } = sampled(upTo(100));
    expect(planJoin(channel, { position: at(57) }, { ...context, stepTicks: 10 }).owed).toEqual({
      fromTick: 50,
      toTick: 100,
      stepTicks: 10,
    });
  });

  test("gets back every tick that was sampled since, or is told that it does not", () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 5, maxLength: 400 });
    fc.assert(
      fc.property(
        gaps,
        fc.nat(),
        fc.constantFrom(1, 10),
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(60_000, 200_000),
        (list, place, stepTicks, maxResumePoints, retentionMs) => {
          const ticks: number[] = [];
          for (const gap of list) ticks.push((ticks.at(-1) ?? 1_000) + gap);
          const { channel, columns } = sampled(ticks, { retentionMs, tierSteps: [10] });
          const headTick = Math.floor((ticks.at(-1) ?? 0) / stepTicks) * stepTicks;
          const position = ticks[place % ticks.length] ?? 0;
          const join = planJoin(
            channel,
            { position: at(position) },
            { headTick, nowTick: headTick ?? 0, stepTicks, maxResumePoints },
          );
          if (join.resume?.outcome === "reset") {
            const oldest = channel.history.oldestTick(10) ?? 0;
            expect(oldest > position + 1 || position > headTick).toBe(true);
            return;
          }
          const wanted = ticks.filter((tick) => tick > position && tick <= headTick);
          if (!join.owed) {
            expect(wanted).toEqual([]);
            return;
          }
          const { fromTick, toTick, stepTicks: step } = join.owed;
          expect([step % stepTicks, fromTick % stepTicks, fromTick <= position]).toEqual([0, 0, true]);
          if (join.resume?.outcome === "complete") expect(step).toBe(stepTicks);
          else expect(join.resume?.ranges).toEqual([fromTick, toTick, step]);
          const [series] = channel.read(columns.series, fromTick, toTick, step).series;
          const given = (series?.count ?? new Float64Array()).reduce((sum, count) => sum + count, 0);
          expect(given).toBeGreaterThanOrEqual(wanted.length);
          expect(given).toBeLessThanOrEqual(ticks.filter((tick) => tick > fromTick && tick <= toTick).length);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("history that is asked for", () => {
  test("reaches back so far, in so many points and the one that rounding adds, from the head", () => {
    const { channel, context } = sampled(upTo(2_000));
    expect(planJoin(channel, { sinceMs: 900_000, points: 300 }, context)).toEqual({
      owed: { fromTick: 1_098, toTick: 2_000, stepTicks: 3 },
    });
  });

  test("is 300 points where no number is given", () => {
    const { channel, context } = sampled(upTo(2_000));
    const { owed } = planJoin(channel, { sinceMs: 1_500_000 }, context);
    expect(owed).toEqual({ fromTick: 500, toTick: 2_000, stepTicks: 5 });
  });

  test("does not begin before history does", () => {
    const { channel, context } = sampled(upTo(150, 100));
    expect(planJoin(channel, { sinceMs: Number.MAX_SAFE_INTEGER }, context).owed).toEqual({
      fromTick: 99,
      toTick: 150,
      stepTicks: 1,
    });
  });

  test("none where none is asked for, none is there, or none lies so near", () => {
    const { channel, context } = sampled(upTo(50));
    expect(planJoin(channel, {}, context)).toEqual({});
    expect(planJoin(channel, { sinceMs: 0 }, context)).toEqual({});
    const empty = sampled([]);
    expect(planJoin(empty.channel, { sinceMs: 1_000 }, empty.context)).toEqual({});
  });

  test("keeps to multiples of the view's step", () => {
    const { channel, context } = sampled(upTo(2_000));
    const { owed } = planJoin(channel, { sinceMs: 900_000, points: 40 }, { ...context, stepTicks: 10 });
    expect([(owed?.stepTicks ?? 1) % 10, (owed?.fromTick ?? 1) % (owed?.stepTicks ?? 1)]).toEqual([0, 0]);
  });
});
