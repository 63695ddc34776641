import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import { Revision } from "./revision.js";

function start(intervalMs = 1_000) {
  const clock = manualClock();
  const told: string[] = [];
  const revision = new Revision(clock, intervalMs, (from, to) => told.push(`(${from},${to}]`));
  revision.show(20);
  return { clock, revision, took: () => told.splice(0) };
}

test("all that comes in a turn is one range, told after it", () => {
  const { clock, revision, took } = start();
  revision.note(9, 10);
  revision.note(3, 4);
  expect(took()).toEqual([]);
  clock.advance(0);
  expect(took()).toEqual(["(3,10]"]);
});

test("what comes soon after waits, and is one range again", () => {
  const { clock, revision, took } = start();
  revision.note(1, 2);
  clock.advance(0);
  took();
  clock.advance(500);
  revision.note(2, 3);
  clock.advance(1_000);
  revision.note(3, 4);
  clock.advance(499);
  expect(took()).toEqual([]);
  clock.advance(1);
  expect(took()).toEqual(["(2,4]"]);
});

test("what reaches up to the newest tick is told when there is a later one", () => {
  const { clock, revision, took } = start();
  revision.note(3, 4);
  revision.note(19, 20);
  clock.advance(10_000);
  expect(took()).toEqual([]);
  revision.show(21);
  expect(took()).toEqual([]);
  clock.advance(0);
  expect(took()).toEqual(["(3,20]"]);
});

test("is told no more often than ticks come", () => {
  const { clock, revision, took } = start(15_000);
  revision.note(1, 2);
  clock.advance(0);
  revision.note(2, 3);
  clock.advance(14_999);
  expect(took()).toEqual(["(1,2]"]);
  clock.advance(1);
  expect(took()).toEqual(["(2,3]"]);
});

test("once stopped it tells nothing and leaves no timer", () => {
  const { clock, revision, took } = start();
  revision.note(1, 2);
  revision.stop();
  expect(clock.pendingTimers).toBe(0);
  clock.advance(10_000);
  expect(took()).toEqual([]);
});
