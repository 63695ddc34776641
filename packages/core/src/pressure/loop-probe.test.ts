import { LateClock, manualClock } from "@metricast/testkit";
import { expect, it } from "vitest";
import { LoopProbe } from "./loop-probe.js";

function setUp() {
  const clock = new LateClock(1_700_000_000_000);
  const looks: number[] = [];
  const probe = new LoopProbe({ clock, everyMs: 250, onLook: (lateMs) => looks.push(lateMs) });
  return { clock, looks, probe };
}

it("tells at each look by how much its timer came too late, and looks on from then", async () => {
  const { clock, looks, probe } = setUp();
  probe.start();
  await clock.advance(1_100);
  expect(looks).toEqual([0, 0, 0, 0]);
  await clock.stall(400);
  expect(looks.slice(4)).toEqual([250]);
  await clock.advance(250);
  expect(looks.slice(5)).toEqual([0]);
});

it("takes a timer that fires early for one in time", () => {
  const clock = manualClock();
  const looks: number[] = [];
  new LoopProbe({ clock, everyMs: 250, onLook: (lateMs) => looks.push(lateMs) }).start();
  clock.fireEarly(3);
  expect(looks).toEqual([0]);
});

it("has one timer, and none once stopped, from within a look too", async () => {
  const { clock, probe } = setUp();
  probe.start();
  probe.start();
  expect(clock.inner.pendingTimers).toBe(1);
  probe.stop();
  expect(clock.inner.pendingTimers).toBe(0);
  const inside: LoopProbe = new LoopProbe({ clock, everyMs: 250, onLook: () => inside.stop() });
  inside.start();
  await clock.advance(1_000);
  expect(clock.inner.pendingTimers).toBe(0);
});
