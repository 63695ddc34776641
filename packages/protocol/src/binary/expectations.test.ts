import { describe, expect, test } from "vitest";
import { Expectations } from "./expectations.js";
import { chanceOf } from "./testing/number-streams.js";

function indexesOf(words: Uint32Array): number[] {
  return Array.from(words).flatMap((word, at) =>
    [...Array(32).keys()].filter((bit) => (word >>> bit) & 1).map((bit) => 32 * at + bit),
  );
}

/** The same, a number for each series. */
class PlainExpectations {
  readonly counts: number[] = [];

  surprises(changed: readonly number[]): number[] {
    const surprises: number[] = [];
    this.counts.forEach((count, index) => {
      const isChanged = changed.includes(index);
      if (isChanged !== count >= 2) surprises.push(index);
      this.counts[index] = isChanged ? Math.min(3, count + 1) : Math.max(0, count - 1);
    });
    return surprises;
  }
}

describe("expectations", () => {
  test("count up with every change and down with every tick without", () => {
    const chance = chanceOf(7);
    const plain = new PlainExpectations();
    const writer = new Expectations();
    const habits = Array.from({ length: 150 }, () => chance() ** 2);
    for (let tick = 0; tick < 400; tick += 1) {
      // Series appear on the way.
      const count = Math.min(habits.length, 1 + tick);
      while (plain.counts.length < count) plain.counts.push(0);
      writer.grow(count);
      const changed = habits.flatMap((habit, index) => (index < count && chance() < habit ? [index] : []));
      writer.learn(changed);
      expect(indexesOf(writer.surprising)).toEqual(plain.surprises(changed));
      expect(indexesOf(writer.changed)).toEqual(changed);
      for (const [index, wanted] of plain.counts.entries()) {
        if (writer.get(index) !== wanted) expect.fail(`${index} at ${tick}`);
      }
    }
  });

  test("of a series that always changes say nothing after two ticks", () => {
    const expectations = new Expectations();
    expectations.grow(1);
    const told = [1, 2, 3, 4].map(() => {
      expectations.learn([0]);
      return indexesOf(expectations.surprising).length;
    });
    expect(told).toEqual([1, 1, 0, 0]);
  });
});
