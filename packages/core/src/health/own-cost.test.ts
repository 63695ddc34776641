import { manualClock } from "@metricast/testkit";
import { expect, it } from "vitest";
import { Cost } from "./cost.js";
import { OwnCost } from "./own-cost.js";

function setUp() {
  const clock = manualClock();
  const cost = new Cost(clock);
  const stats = { bytesOut: 0 };
  const own = new OwnCost({ clock, cost, stats });
  /** A second in which so many milliseconds are ours and so many a source's. */
  const second = (ownMs: number, sourceMs: number, bytes = 0) => {
    cost.measure(() => clock.advance(ownMs));
    cost.measureApart(() => clock.advance(sourceMs));
    clock.advance(1_000 - ownMs - sourceMs);
    stats.bytesOut += bytes;
    own.note();
  };
  own.note();
  return { clock, own, second };
}

it("tells the share of the last ten seconds, not since the start", () => {
  const { own, second } = setUp();
  for (let n = 0; n < 600; n += 1) second(0, 0);
  expect(own.read()).toEqual({ cpuShare: 0, sourcesShare: 0, sentBytesPerSecond: 0 });
  for (let n = 0; n < 10; n += 1) second(200, 50, 3_000);
  expect(own.read()).toEqual({ cpuShare: 0.2, sourcesShare: 0.05, sentBytesPerSecond: 3_000 });
  for (let n = 0; n < 5; n += 1) second(0, 0);
  expect(own.read().cpuShare).toBeCloseTo(0.1);
  for (let n = 0; n < 6; n += 1) second(0, 0);
  expect(own.read()).toEqual({ cpuShare: 0, sourcesShare: 0, sentBytesPerSecond: 0 });
});
