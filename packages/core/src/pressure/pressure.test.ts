import { LateClock } from "@metricast/testkit";
import { expect, it } from "vitest";
import { Pressure } from "./pressure.js";
import type { ShedState } from "./shedding.js";

function setUp(shed = true) {
  const clock = new LateClock(1_700_000_000_000);
  const reports: Record<string, unknown>[] = [];
  const heard: ShedState[] = [];
  const pressure = new Pressure({
    clock,
    options: { shed, shedLateMs: 30, shedLastValuesLateMs: 150 },
    report: (severity, code, details) => reports.push({ severity, code, ...details }),
  });
  pressure.onChange((state) => heard.push(state));
  return { clock, pressure, reports, heard };
}

/** For so long the host holds the loop again and again, and lets go of it for a millisecond each time. */
async function press(clock: LateClock, ms: number, holdMs: number): Promise<void> {
  const endMs = clock.monotonicMs() + ms;
  while (clock.monotonicMs() < endMs) {
    await clock.stall(holdMs);
    await clock.advance(1);
  }
}

it("tells its listeners and the host of every step, up and down", async () => {
  const { clock, pressure, reports, heard } = setUp();
  pressure.start();
  await clock.advance(10_000);
  expect(pressure.health()).toEqual({ level: 0, everyTicks: 1, lastValuesOnly: false, lateMs: 0 });
  await press(clock, 3_000, 100);
  expect(pressure.health()).toMatchObject({ level: 1, everyTicks: 2 });
  await press(clock, 30_000, 500);
  expect(pressure.state).toEqual({ level: 3, everyTicks: 4, lastValuesOnly: true });
  await clock.advance(60_000);
  expect(heard.map(({ level }) => level)).toEqual([1, 2, 3, 2, 1, 0]);
  expect(reports.map(({ code, severity, level }) => [code, severity, level])).toEqual(
    [1, 2, 3, 2, 1, 0].map((level) => ["MC_SHED", "warning", level]),
  );
  pressure.stop();
  expect(clock.inner.pendingTimers).toBe(0);
});

it("where shedding is off looks at nothing, and never sheds", async () => {
  const { clock, pressure, heard } = setUp(false);
  pressure.start();
  expect(clock.inner.pendingTimers).toBe(0);
  await press(clock, 30_000, 500);
  expect(heard).toEqual([]);
  expect(pressure.health()).toEqual({ level: 0, everyTicks: 1, lastValuesOnly: false });
  pressure.stop();
});

it("what was before the start is no pressure", async () => {
  const { clock, pressure, heard } = setUp();
  await press(clock, 30_000, 500);
  pressure.start();
  await press(clock, 2_000, 500);
  expect(heard).toEqual([]);
});
