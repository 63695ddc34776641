import { setImmediate as settled } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "./turns.js";

/** An event loop that goes round by hand, with a clock that only work moves. */
function loop() {
  let nowMs = 100;
  let called: (() => void)[] = [];
  const clock = {
    monotonicMs: () => nowMs,
    soon(run: () => void) {
      called.push(run);
      return () => {};
    },
  };
  const turns = new Turns({ clock, sliceMs: 2 });
  const done: number[] = [];
  const begin = async (id: number, workMs: number) => {
    await turns.next();
    nowMs += workMs / 2;
    await Promise.resolve();
    nowMs += workMs / 2;
    done.push(id);
  };
  /** A turn in which some come, each in a callback of its own, and the callbacks of the turn before; answers how long it took. */
  const turn = async (ids: readonly number[] = [], workMs = 0) => {
    const beganMs = nowMs;
    for (const id of ids) {
      void begin(id, workMs);
      await settled();
    }
    const callbacks = called;
    called = [];
    for (const run of callbacks) {
      run();
      await settled();
    }
    return nowMs - beganMs;
  };
  return { turns, done, turn, calls: () => called.length };
}

const many = (count: number) => Array.from({ length: count }, (_, id) => id);

test("what many begin at once is done in order, a slice in each turn, and what promises do counts", async () => {
  const { turns, done, turn } = loop();
  expect(await turn(many(100), 0.5)).toBe(2);
  expect(turns.waiting).toBe(96);
  for (let left = 92; left >= 0; left -= 4) {
    expect([await turn(), turns.waiting]).toEqual([2, left]);
  }
  expect(done).toEqual(many(100));
});

test("who comes alone does not wait, as often as that is", async () => {
  const { done, turn, calls } = loop();
  for (const id of many(5)) {
    expect(await turn([id], 1)).toBe(1);
    expect(done).toHaveLength(id + 1);
  }
  await turn();
  expect(calls()).toBe(0);
});

test("what is longer than a slice has a turn of its own", async () => {
  const { done, turn } = loop();
  expect(await turn(many(3), 50)).toBe(50);
  expect(await turn()).toBe(50);
  expect(await turn()).toBe(50);
  expect(done).toEqual([0, 1, 2]);
});

test("who comes while others wait is behind them", async () => {
  const { turns, done, turn } = loop();
  await turn(many(10), 1);
  expect(await turn([10], 1)).toBe(2);
  while (turns.waiting > 0) await turn();
  expect(done).toEqual(many(11));
});
