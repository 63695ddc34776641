import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ticker } from "./ticker.js";

const startMs = 1_700_000_000_000;

function setUp(intervalMs = 1_000, offsetMs = 0) {
  const clock = manualClock(startMs + offsetMs);
  const ticks: number[] = [];
  const ticker = new Ticker({
    intervalMs,
    clock,
    time: { nowMs: () => clock.dateMs() },
    onTick: (tick) => ticks.push(tick) > 0,
  });
  return { clock, ticker, ticks, first: Math.floor(clock.dateMs() / intervalMs) };
}

describe("Ticker", () => {
  it.each([
    [400, 600],
    [749, 251],
    // Too soon for others to have heard of whoever begins.
    [750, 1_250],
  ])("not at once, at %d ms names the first in %d ms", (offsetMs, waitMs) => {
    const { clock, ticker, ticks, first } = setUp(1_000, offsetMs);
    ticker.start(false);
    clock.advance(waitMs - 1);
    expect(ticks).toEqual([]);
    clock.advance(1);
    expect(ticks).toEqual([first + Math.ceil(waitMs / 1_000)]);
  });

  it("names the current tick at start, then one at each multiple of the interval", () => {
    const { clock, ticker, ticks, first } = setUp(1_000, 400);
    ticker.start();
    expect(ticks).toEqual([first]);
    clock.advance(599);
    expect(ticks).toEqual([first]);
    clock.advance(1);
    expect(ticks).toEqual([first, first + 1]);
    clock.advance(3_000);
    expect(ticks).toEqual([0, 1, 2, 3, 4].map((n) => first + n));
  });

  it("names the tick it aimed at when the timer fires early, and does not drift", () => {
    const { clock, ticker, ticks, first } = setUp();
    ticker.start();
    for (let round = 0; round < 100; round += 1) clock.fireEarly(5);
    expect(ticks).toEqual(Array.from({ length: 101 }, (_, n) => first + n));
    expect(clock.monotonicMs()).toBe(100 * 1_000 - 5);
  });

  it("leaves out the ticks that a stall swallowed, without a burst", () => {
    const { clock, ticker, ticks, first } = setUp();
    ticker.start();
    clock.stepWall(3_400);
    clock.advance(1_000);
    expect(ticks).toEqual([first, first + 4]);
    clock.advance(600);
    expect(ticks).toEqual([first, first + 4, first + 5]);
  });

  it("goes on ascending after a step back, never naming a tick twice, until time has caught up", () => {
    const { clock, ticker, ticks, first } = setUp();
    ticker.start();
    clock.advance(2_000);
    clock.stepWall(-3_000);
    clock.advance(20_000);
    expect(ticks).toEqual(ticks.map((_, n) => first + n));
    expect(ticks.at(-1)).toBe(Math.floor(clock.dateMs() / 1_000));
    expect(ticks.length).toBeGreaterThan(18);
  });

  it("would name ticks twice after it if they were read off the wall clock at each interval", () => {
    const clock = manualClock(startMs);
    const ticks: number[] = [];
    const read = () => {
      ticks.push(Math.floor(clock.dateMs() / 1_000));
      clock.after(1_000, read);
    };
    read();
    clock.advance(2_000);
    clock.stepWall(-3_000);
    clock.advance(20_000);
    expect(ticks.length - new Set(ticks).size).toBe(3);
  });

  it("names no tick twice on fireSoon, and keeps its place", () => {
    const { clock, ticker, ticks, first } = setUp();
    ticker.start();
    ticker.fireSoon();
    expect(ticks).toEqual([first]);
    // The wall clock reaches the next tick before the timer does.
    clock.stepWall(900);
    clock.advance(200);
    ticker.fireSoon();
    expect(ticks).toEqual([first, first + 1]);
    clock.advance(900);
    expect(ticks).toEqual([first, first + 1, first + 2]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("names one tick in so many where it is told to, the multiples, and takes up all of them again at once", () => {
    const { clock, ticker, ticks } = setUp();
    ticker.start();
    const first = ticks[0] ?? 0;
    expect(first % 4).toBe(0);
    clock.advance(1_000);
    ticker.nameEvery(4);
    clock.advance(8_000);
    expect(ticks).toEqual([0, 1, 4, 8].map((n) => first + n));
    clock.advance(400);
    ticker.nameEvery(1);
    clock.advance(1_600);
    expect(ticks.slice(4)).toEqual([first + 10, first + 11]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("waits for a multiple without hurry after a step back, and goes on with the tick of now after a stall", () => {
    const { clock, ticker, ticks } = setUp();
    ticker.start();
    const first = ticks[0] ?? 0;
    ticker.nameEvery(2);
    clock.stepWall(3_000);
    clock.advance(2_000);
    expect(ticks).toEqual([first, first + 5]);
    clock.stepWall(-60_000);
    clock.advance(10_000);
    expect(ticks.length).toBeLessThanOrEqual(2 + 10_000 / 2_000);
    expect(ticks.every((tick, n) => n === 0 || tick > (ticks[n - 1] ?? tick))).toBe(true);
  });

  it("has one timer also where a tick itself changes how many are named", () => {
    const { clock } = setUp();
    const ticker: Ticker = new Ticker({
      intervalMs: 1_000,
      clock,
      time: { nowMs: () => clock.dateMs() },
      onTick: (tick) => {
        ticker.nameEvery(2 + (tick % 3));
        return true;
      },
    });
    ticker.start();
    clock.advance(5_000);
    expect(clock.pendingTimers).toBe(1);
  });

  it("names a tick that was not used again when it is asked for, and goes on with the next", () => {
    const clock = manualClock(startMs);
    const ticks: number[] = [];
    let uses = false;
    const ticker = new Ticker({
      intervalMs: 1_000,
      clock,
      time: { nowMs: () => clock.dateMs() },
      onTick: (tick) => {
        ticks.push(tick);
        return uses;
      },
    });
    ticker.start();
    clock.advance(2_400);
    const first = startMs / 1_000;
    expect(ticks).toEqual([first, first + 1, first + 2]);
    uses = true;
    ticker.fireSoon();
    ticker.fireSoon();
    clock.advance(600);
    expect(ticks.slice(3)).toEqual([first + 2, first + 3]);
    expect(clock.pendingTimers).toBe(1);
  });

  it("leaves no timer behind, stopped from within a tick too", () => {
    const { clock, ticker } = setUp();
    ticker.start();
    ticker.stop();
    expect(clock.pendingTimers).toBe(0);

    const inside = new Ticker({
      intervalMs: 1_000,
      clock,
      time: { nowMs: () => clock.dateMs() },
      onTick: () => {
        inside.stop();
        return true;
      },
    });
    inside.start();
    expect(clock.pendingTimers).toBe(0);
  });

  it("names strictly ascending ticks whatever the clock does", () => {
    const move = fc.oneof(
      fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
      fc.record({ kind: fc.constant("step" as const), ms: fc.integer({ min: -7_200_000, max: 7_200_000 }) }),
      fc.record({ kind: fc.constant("early" as const), ms: fc.integer({ min: 0, max: 60 }) }),
      fc.record({ kind: fc.constant("soon" as const), ms: fc.constant(0) }),
      fc.record({ kind: fc.constant("every" as const), ms: fc.constantFrom(1, 2, 4) }),
    );
    fc.assert(
      fc.property(
        fc.array(move, { maxLength: 50 }),
        fc.constantFrom(100, 1_000, 5_000),
        (moves, intervalMs) => {
          const { clock, ticker, ticks } = setUp(intervalMs, 321);
          ticker.start();
          for (const { kind, ms } of moves) {
            const before = ticks.length;
            if (kind === "advance") clock.advance(ms);
            else if (kind === "step") clock.stepWall(ms);
            else if (kind === "early") clock.fireEarly(ms);
            else if (kind === "every") ticker.nameEvery(ms);
            else ticker.fireSoon();
            // No burst: no more ticks than intervals went by on the steady clock.
            if (kind === "advance")
              expect(ticks.length - before).toBeLessThanOrEqual(Math.ceil(ms / intervalMs) + 1);
          }
          for (const [index, tick] of ticks.entries()) {
            if (index > 0) expect(tick).toBeGreaterThan(ticks[index - 1] ?? Number.NaN);
          }
          expect(clock.pendingTimers).toBe(1);
        },
      ),
    );
  });
});
