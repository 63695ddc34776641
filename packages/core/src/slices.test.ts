import { expect, test } from "vitest";
import { Slices } from "./slices.js";

/** Work of so many bits that take a time each, on a clock that only work moves. */
function working({ bits = 10, bitMs = 0.5, sliceMs = 2, faultAt = -1 } = {}) {
  let nowMs = 100;
  let waiting: (() => void) | undefined;
  const state = { left: bits, depth: 0, cancelled: 0, looks: [] as number[] };
  const clock = {
    monotonicMs: () => nowMs,
    soon(run: () => void) {
      waiting = run;
      return () => {
        state.cancelled += 1;
        waiting = undefined;
      };
    },
  };
  const slices = new Slices({
    clock,
    sliceMs,
    cost: {
      begin() {
        state.depth += 1;
      },
      end() {
        state.depth -= 1;
      },
    },
    work: () => {
      if (state.left === 0) return false;
      state.left -= 1;
      nowMs += bitMs;
      if (state.left === 3) slices.start();
      if (state.left === faultAt) throw new Error("a fault");
      return true;
    },
    onLook: (now) => state.looks.push(now),
  });
  const turn = () => {
    const run = waiting;
    waiting = undefined;
    run?.();
    return run !== undefined;
  };
  return { slices, state, turn, now: () => nowMs };
}

test("goes on until nothing is left, and yields when a slice is over", () => {
  const { slices, state, turn } = working();
  slices.start();
  expect(state.left).toBe(6);
  expect(turn()).toBe(true);
  expect(state.left).toBe(2);
  expect(turn()).toBe(true);
  expect(state.left).toBe(0);
  expect(turn()).toBe(false);
  expect(state.depth).toBe(0);
});

test("no slice is longer than asked for, but for one bit", () => {
  const { slices, turn, now } = working({ bits: 100, bitMs: 0.3 });
  let before = now();
  slices.start();
  do {
    expect(now() - before).toBeLessThan(2 + 0.3);
    before = now();
  } while (turn());
});

test("a bit that is longer than a slice is one slice", () => {
  const { slices, state, turn } = working({ bits: 5, bitMs: 50 });
  slices.start();
  expect(state.left).toBe(4);
  while (turn());
  expect(state.left).toBe(0);
});

test("is told the time after each bit", () => {
  const { slices, state } = working({ bits: 3, bitMs: 0.5 });
  slices.start();
  expect(state.looks).toEqual([100.5, 101, 101.5]);
});

test("started anew while it works or waits, it goes on as it does", () => {
  const { slices, state, turn } = working();
  slices.start();
  slices.start();
  expect(state.left).toBe(6);
  turn();
  expect(state.left).toBe(2);
});

test("stopped, it does nothing more, and may be started again", () => {
  const { slices, state, turn } = working();
  slices.start();
  slices.stop();
  expect(turn()).toBe(false);
  expect(state.cancelled).toBe(1);
  slices.start();
  while (turn());
  expect(state.left).toBe(0);
});

test("a fault goes to whoever called, and the next start goes on", () => {
  const { slices, state, turn } = working({ faultAt: 7 });
  expect(() => slices.start()).toThrow("a fault");
  expect(state.depth).toBe(0);
  slices.start();
  while (turn());
  expect(state.left).toBe(0);
});
