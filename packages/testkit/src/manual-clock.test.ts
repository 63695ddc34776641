import { describe, expect, it } from "vitest";
import { manualClock } from "./manual-clock.js";

describe("manualClock", () => {
  it("runs due timers in order of time, each at its own time, those set meanwhile too", () => {
    const clock = manualClock(1_000);
    const seen: [string, number, number][] = [];
    const note = (name: string) => seen.push([name, clock.monotonicMs(), clock.dateMs()]);
    clock.after(20, () => note("b"));
    clock.after(10, () => {
      note("a");
      clock.after(5, () => note("a+5"));
    });
    clock.after(20, () => note("c"));
    clock.after(31, () => note("late"));
    clock.advance(30);
    expect(seen).toEqual([
      ["a", 10, 1_010],
      ["a+5", 15, 1_015],
      ["b", 20, 1_020],
      ["c", 20, 1_020],
    ]);
    expect(clock.monotonicMs()).toBe(30);
    expect(clock.pendingTimers).toBe(1);
  });

  it("runs soon before the next timer, and nothing that was cancelled", () => {
    const clock = manualClock();
    const seen: string[] = [];
    clock.after(1, () => seen.push("timer"));
    clock.soon(() => seen.push("soon"));
    clock.soon(() => seen.push("never"))();
    clock.after(1, () => seen.push("never"))();
    clock.advance(0);
    expect(seen).toEqual(["soon"]);
    clock.advance(1);
    expect(seen).toEqual(["soon", "timer"]);
    expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0]);
  });

  it("steps the wall clock without moving the monotonic one or any timer", () => {
    const clock = manualClock(5_000);
    let fired = false;
    clock.after(100, () => {
      fired = true;
    });
    clock.stepWall(-3_000);
    expect([clock.monotonicMs(), clock.dateMs(), fired]).toEqual([0, 2_000, false]);
  });

  it("lets promises settle between timers", async () => {
    const clock = manualClock();
    const seen: string[] = [];
    clock.after(1, () => void Promise.resolve().then(() => seen.push("settled")));
    clock.after(2, () => seen.push("second"));
    await clock.advanceAsync(2);
    expect(seen).toEqual(["settled", "second"]);
  });

  it("fires the next timer early", () => {
    const clock = manualClock();
    const at: number[] = [];
    clock.after(100, () => at.push(clock.monotonicMs()));
    expect(clock.fireEarly(3)).toBe(true);
    expect(at).toEqual([97]);
    expect(clock.fireEarly(3)).toBe(false);
  });
});
