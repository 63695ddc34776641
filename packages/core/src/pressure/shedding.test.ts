import { describe, expect, it } from "vitest";
import { Shedding, type ShedState } from "./shedding.js";

const options = { shedLateMs: 30, shedLastValuesLateMs: 150 };

function setUp() {
  let nowMs = 1_000_000;
  const changes: { atS: number; level: number; lateMs: number }[] = [];
  const states: ShedState[] = [];
  const beganMs = nowMs;
  const shedding = new Shedding({
    options,
    onChange: (state, lateMs) => {
      states.push(state);
      changes.push({ atS: Math.round((nowMs - beganMs) / 1_000), level: state.level, lateMs });
    },
  });
  shedding.begin(nowMs);
  /** Looks for so many seconds, each so late as `lateMs` says of its number. */
  const look = (seconds: number, lateMs: number | ((n: number) => number)) => {
    const endMs = nowMs + seconds * 1_000;
    for (let n = 0; nowMs < endMs; n += 1) {
      const late = typeof lateMs === "number" ? lateMs : lateMs(n);
      nowMs += 250 + late;
      shedding.look(late, nowMs);
    }
  };
  const levels = () => changes.map(({ level }) => level);
  return { shedding, look, changes, states, levels };
}

describe("Shedding", () => {
  it("leaves out ticks step by step while the loop runs late, and no more where that is moderate", () => {
    const { look, changes, states } = setUp();
    look(60, 60);
    expect(changes).toEqual([
      { atS: 3, level: 1, lateMs: 60 },
      { atS: 6, level: 2, lateMs: 60 },
    ]);
    expect(states).toEqual([
      { level: 1, everyTicks: 2, lastValuesOnly: false },
      { level: 2, everyTicks: 4, lastValuesOnly: false },
    ]);
  });

  it("goes on to last values where the loop runs very late, and comes back step by step when it is over", () => {
    const { look, changes, levels, shedding } = setUp();
    look(14, 400);
    expect(levels()).toEqual([1, 2, 3]);
    expect(shedding.state.lastValuesOnly).toBe(true);
    expect(changes.at(-1)?.atS).toBeLessThanOrEqual(11);
    look(60, 2);
    expect(levels()).toEqual([1, 2, 3, 2, 1, 0]);
    const [two = 0, one = 0, zero = 0] = changes.slice(3).map(({ atS }) => atS);
    expect(two).toBeGreaterThanOrEqual(17);
    expect(two).toBeLessThanOrEqual(20);
    expect([one - two, zero - one]).toEqual([5, 5]);
  });

  it.each([
    ["one standstill, however long", (n: number) => (n === 20 ? 60_000 : 1)],
    ["a debugger that stops twice", (n: number) => (n === 20 || n === 24 ? 30_000 : 1)],
    ["collections of garbage", (n: number) => (n % 4 === 0 ? 120 : 1)],
    ["a loop that is a little late all the time", () => 29],
    ["a burst of a second", (n: number) => (n >= 20 && n < 23 ? 150 : 1)],
  ])("is not moved by %s", (_, lateMs) => {
    const { look, levels } = setUp();
    look(120, lateMs);
    expect(levels()).toEqual([]);
  });

  it("keeps its level between calm and pressure", () => {
    const { look, levels } = setUp();
    look(4, 60);
    look(60, 20);
    expect(levels()).toEqual([1]);
    look(6, 14);
    expect(levels()).toEqual([1, 0]);
  });

  it("is calm in spite of a few late looks, but not while every third is late", () => {
    const { look, levels } = setUp();
    look(3, 60);
    look(30, (n) => (n % 3 === 0 ? 60 : 1));
    expect(levels()).toEqual([1]);
    look(10, (n) => (n % 8 === 0 ? 60 : 1));
    expect(levels()).toEqual([1, 0]);
  });

  it("waits longer each time where its own work is what brings the pressure back, up to a minute", () => {
    const { shedding, look, changes } = setUp();
    // The loop is late while nothing is shed, and in time while ticks are.
    for (let second = 0; second < 600; second += 1) look(1, shedding.state.level === 0 ? 60 : 1);
    const ups = changes.filter(({ level }) => level === 1).map(({ atS }) => atS);
    const waits = ups.slice(1).map((at, n) => at - (ups[n] ?? 0));
    for (const [n, calmS] of [5, 10, 20, 40, 60].entries()) {
      expect(waits[n]).toBeGreaterThan(calmS);
      expect(waits[n]).toBeLessThan(calmS + 6);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(66);
    expect(changes.length).toBeLessThan(30);
    // A minute without shedding, and all is forgotten.
    look(90, 1);
    look(3, 60);
    look(10, 1);
    expect(shedding.state.level).toBe(0);
  });

  it("says how late the loop is once it has looked for a while", () => {
    const { shedding, look } = setUp();
    look(2, 25);
    expect(shedding.lateMs(1_002_000)).toBeUndefined();
    look(2, 25);
    expect(shedding.lateMs(1_004_000)).toBe(25);
  });
});
