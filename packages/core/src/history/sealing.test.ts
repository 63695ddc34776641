import { describe, expect, it } from "vitest";
import { Sealing } from "./sealing.js";

/** A packer of so many series, some of which take sixty times what others do. */
function packerOf(series: number) {
  const told = { series: 0, bits: 0 };
  const next = (): number => {
    if (told.series === series) return 0;
    const bits = told.series % 50 === 7 ? 6_000 : 100;
    told.series += 1;
    told.bits += bits;
    return bits;
  };
  const finish = (): number => {
    while (next() > 0);
    return told.series;
  };
  return { told, next, finish };
}

const work = { slots: 1_000, ticks: 40 };

describe("packing a segment", () => {
  it("is spread evenly over its ticks, by what series take and not by their number", () => {
    const sealing = new Sealing();
    const owner = {};
    const perTick: number[] = [];
    for (let segment = 0; segment < 2; segment += 1) {
      const packer = packerOf(1_000);
      let placed = 0;
      sealing.add(owner, packer, work, (series) => {
        placed = series;
      });
      perTick.length = 0;
      while (!sealing.isIdle) {
        const before = packer.told.bits;
        sealing.advance();
        perTick.push(packer.told.bits - before);
      }
      expect(placed).toBe(1_000);
    }
    // Of the second it is known how much work it is.
    expect(perTick.length).toBeGreaterThan(30);
    expect(perTick.length).toBeLessThanOrEqual(41);
    const total = perTick.reduce((sum, bits) => sum + bits);
    expect(Math.max(...perTick)).toBeLessThanOrEqual(total / 40 + 6_000);
  });

  it("is done at once where the owner's next segment comes, or where it is asked for", () => {
    const sealing = new Sealing();
    const [one, other] = [{}, {}];
    const placed: string[] = [];
    const add = (owner: object, name: string): void => {
      sealing.add(owner, packerOf(1_000), work, (series) => placed.push(`${name} ${series}`));
    };
    add(one, "a");
    add(other, "b");
    sealing.advance();
    expect(placed).toEqual([]);
    add(one, "c");
    expect(placed).toEqual(["a 1000"]);
    expect(sealing.finish(other)).toBe(true);
    expect(placed).toEqual(["a 1000", "b 1000"]);
    expect(sealing.finish(other)).toBe(false);
    expect([sealing.finish(), sealing.isIdle, sealing.finish()]).toEqual([true, true, false]);
    expect(placed).toEqual(["a 1000", "b 1000", "c 1000"]);
  });

  it("takes one owner after the other", () => {
    const sealing = new Sealing();
    const [first, second] = [packerOf(10), packerOf(10)];
    sealing.add({}, first, { slots: 10, ticks: 5 }, () => {});
    sealing.add({}, second, { slots: 10, ticks: 5 }, () => {});
    sealing.advance();
    expect([first.told.series > 0, second.told.series]).toEqual([true, 0]);
    for (let tick = 0; tick < 30; tick += 1) sealing.advance();
    expect([first.told.series, second.told.series, sealing.isIdle]).toEqual([10, 10, true]);
  });
});
