import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import { guardedClock } from "./guarded-clock.js";
import { Cost } from "./health/cost.js";

function guarded() {
  const faults: unknown[] = [];
  const manual = manualClock();
  const cost = new Cost(manual);
  return { manual, cost, faults, clock: guardedClock(manual, cost, (cause) => faults.push(cause)) };
}

test("what a callback throws is told, and the clock goes on", () => {
  const { manual, clock, faults } = guarded();
  const fault = new Error("boom");
  const ran: string[] = [];
  const fail = () => {
    throw fault;
  };
  clock.after(10, fail);
  clock.after(10, () => ran.push("after"));
  clock.soon(fail);
  clock.soon(() => ran.push("soon"));
  manual.advance(10);
  expect(ran).toEqual(["soon", "after"]);
  expect(faults).toEqual([fault, fault]);
  expect(() => {
    manual.soon(fail);
    manual.advance(0);
  }).toThrow(fault);
});

test("times and cancelling are the clock's own", () => {
  const { manual, clock } = guarded();
  const cancel = clock.after(5, () => expect.unreachable());
  cancel();
  manual.advance(5);
  expect(clock.monotonicMs()).toBe(manual.monotonicMs());
  expect(clock.dateMs()).toBe(manual.dateMs());
});

test("what callbacks take is counted, of those that throw too", () => {
  const { manual, clock, cost } = guarded();
  clock.after(10, () => manual.advance(3));
  clock.soon(() => {
    manual.advance(2);
    throw new Error("boom");
  });
  manual.advance(20);
  expect(cost.totalMs).toBe(5);
});
