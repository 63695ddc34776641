import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Backlog, type Owed } from "./backlog.js";

const owed = (fromTick: number, toTick: number, stepTicks = 1, missed = 0): Owed => ({
  fromTick,
  toTick,
  stepTicks,
  missed,
});

test("newest first, page by page from the newest end", () => {
  let backlog = Backlog.empty.plus(owed(0, 10)).plus(owed(20, 45, 10));
  const pages: [number, number][] = [];
  for (let page = backlog.page(2); page; page = backlog.page(2)) {
    pages.push([page.fromTick, page.toTick]);
    backlog = backlog.without(page);
  }
  expect(pages).toEqual([
    [30, 45],
    [20, 30],
    [8, 10],
    [6, 8],
    [4, 6],
    [2, 4],
    [0, 2],
  ]);
  expect(backlog.isEmpty).toBe(true);
});

test("on the step's own grid, whatever the range begins with", () => {
  let backlog = Backlog.empty.plus(owed(3, 48, 10));
  const pages: [number, number][] = [];
  for (let page = backlog.page(3); page; page = backlog.page(3)) {
    pages.push([page.fromTick, page.toTick]);
    backlog = backlog.without(page);
  }
  expect(pages).toEqual([
    [20, 48],
    [10, 20],
    [3, 10],
  ]);
});

test("what was missed is one page, however long", () => {
  const range = owed(0, 1_000, 1, 999);
  const backlog = Backlog.empty.plus(range);
  expect(backlog.page(1)).toBe(range);
  expect(backlog.without(range).isEmpty).toBe(true);
});

test("a range of nothing is not owed", () => {
  expect(Backlog.empty.plus(owed(5, 5)).isEmpty).toBe(true);
  expect(Backlog.empty.page(3)).toBeUndefined();
  expect(Backlog.empty.without(owed(0, 5)).isEmpty).toBe(true);
});

test("is a value: taking a page leaves the one it was taken from", () => {
  const backlog = Backlog.empty.plus(owed(0, 10));
  const page = backlog.page(3);
  if (!page) throw new Error("no page");
  backlog.without(page);
  expect(backlog.page(3)).toEqual(page);
});

describe("ranges that a reader missed", () => {
  test("are joined where one follows the other", () => {
    const backlog = Backlog.empty.plus(owed(0, 10)).plus(owed(10, 20, 1, 9));
    expect(backlog.joinable(20)).toEqual(owed(10, 20, 1, 9));
    expect(backlog.joinable(21)).toBeUndefined();
    expect(backlog.owesMissed).toBe(true);
    expect(backlog.rest.first).toEqual(owed(0, 10));
    expect(backlog.rest.owesMissed).toBe(false);
  });

  test("are not joined with history that was asked for", () => {
    expect(Backlog.empty.plus(owed(0, 10)).joinable(10)).toBeUndefined();
  });

  test("are joined in any case where there are many", () => {
    let backlog = Backlog.empty;
    for (let k = 0; k < 16; k += 1) backlog = backlog.plus(owed(k * 10, k * 10 + 5, 1, 4));
    expect(backlog.joinable(500)).toEqual(owed(150, 155, 1, 4));
  });
});

test("pages cover every tick owed exactly once, aligned to the step", () => {
  const ranges = fc.array(
    fc.record({
      hole: fc.nat({ max: 5 }),
      steps: fc.nat({ max: 9 }),
      stepTicks: fc.integer({ min: 1, max: 7 }),
      cut: fc.nat({ max: 6 }),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(ranges, fc.integer({ min: 1, max: 8 }), (list, points) => {
      let backlog = Backlog.empty;
      const wanted: number[] = [];
      let at = 0;
      for (const { hole, steps, stepTicks, cut } of list) {
        const fromTick = at + hole;
        at = Math.max(fromTick, fromTick + steps * stepTicks - Math.min(cut, stepTicks - 1));
        backlog = backlog.plus(owed(fromTick, at, stepTicks));
        for (let tick = fromTick + 1; tick <= at; tick += 1) wanted.push(tick);
      }
      const got: number[] = [];
      for (let page = backlog.page(points); page; page = backlog.page(points)) {
        const { first } = backlog;
        expect(Math.ceil((page.toTick - page.fromTick) / page.stepTicks)).toBeLessThanOrEqual(points);
        if (page.fromTick !== first?.fromTick) expect(page.fromTick % page.stepTicks).toBe(0);
        for (let tick = page.toTick; tick > page.fromTick; tick -= 1) got.push(tick);
        backlog = backlog.without(page);
      }
      expect(got.toReversed()).toEqual(wanted);
    }),
  );
});
