import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GapList } from "./gap-list.js";

describe("GapList", () => {
  it("keeps what is left of a gap when points come for its middle", () => {
    const gaps = new GapList();
    gaps.add({ fromTick: 10, toTick: 20, reason: "pending" });
    gaps.cut({ fromTick: 13, toTick: 15 });
    expect(gaps.all).toEqual([
      { fromTick: 10, toTick: 13, reason: "pending" },
      { fromTick: 15, toTick: 20, reason: "pending" },
    ]);
    expect(gaps.pendingFrom).toBe(10);
    gaps.giveUpPending("expired");
    expect(gaps.pendingFrom).toBeUndefined();
    expect(gaps.all.map(({ reason }) => reason)).toEqual(["expired", "expired"]);
  });

  it("keeps the newest 200, and nothing that is no range", () => {
    const gaps = new GapList();
    for (let tick = 0; tick <= 2_000; tick += 10)
      gaps.add({ fromTick: tick, toTick: tick + 1, reason: "pending" });
    expect(gaps.all).toHaveLength(200);
    expect([gaps.all[0]?.fromTick, gaps.all.at(-1)?.fromTick]).toEqual([10, 2_000]);
    const before = gaps.all;
    for (const [fromTick, toTick] of [
      [15, Number.NaN],
      [Number.NaN, 15],
      [15, 14],
      [15, 15],
    ] as const)
      gaps.add({ fromTick, toTick, reason: "expired" });
    expect(gaps.all).toEqual(before);
  });

  it("holds exactly the ticks added and not cut since, each under the last reason", () => {
    const range = fc
      .tuple(fc.nat(30), fc.nat(8))
      .map(([from, length]) => ({ fromTick: from, toTick: from + length }));
    const step = fc.record({ range, reason: fc.constantFrom("pending", "expired", undefined) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const gaps = new GapList();
        const model = new Map<number, string>();
        for (const { range: ticks, reason } of steps) {
          if (reason) gaps.add({ ...ticks, reason });
          else gaps.cut(ticks);
          for (let tick = ticks.fromTick + 1; tick <= ticks.toTick; tick++) {
            if (reason) model.set(tick, reason);
            else model.delete(tick);
          }
        }
        const held = gaps.all.flatMap(({ fromTick, toTick, reason }) =>
          Array.from({ length: toTick - fromTick }, (_, k) => [fromTick + k + 1, reason] as const),
        );
        expect(held).toEqual([...model].sort(([a], [b]) => a - b));
      }),
    );
  });
});
