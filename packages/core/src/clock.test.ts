import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { systemClock } from "./clock.js";

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

test("tells the system's times", () => {
  expect(Math.abs(systemClock.dateMs() - Date.now())).toBeLessThan(1_000);
  expect(systemClock.monotonicMs()).toBeLessThanOrEqual(systemClock.monotonicMs());
});

test("no timer of it keeps the process alive", () => {
  const before = timers();
  const cancel = systemClock.after(60_000, () => {});
  expect(timers()).toBe(before);
  cancel();
});

test("runs after the delay, unless cancelled", async () => {
  const ran = vi.fn();
  systemClock.after(1, ran)();
  systemClock.after(Number.NEGATIVE_INFINITY, ran)();
  await new Promise<void>((resume) => {
    // Not unreferenced as the clock's own are: something has to hold the process meanwhile.
    setTimeout(resume, 20);
  });
  expect(ran).not.toHaveBeenCalled();
  await new Promise<void>((resume) => {
    systemClock.after(1, resume);
    setTimeout(() => {}, 20);
  });
});

describe("F38: a delay longer than the system's timers take", () => {
  const day = 86_400_000;

  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  test("is waited for in parts, and ends when it should", () => {
    const ran = vi.fn();
    systemClock.after(60 * day, ran);
    vi.advanceTimersByTime(60 * day - 1);
    expect(ran).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ran).toHaveBeenCalledTimes(1);
  });

  test("twin: given to the system's timers as it is it ends at once", async () => {
    vi.useRealTimers();
    const warn = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => warn.mockRestore());
    await new Promise<void>((resume) => {
      setTimeout(resume, 60 * day);
    });
    expect(warn).toHaveBeenCalledWith(expect.any(String), "TimeoutOverflowWarning");
  });

  test("can be cancelled in any of its parts", () => {
    const ran = vi.fn();
    const cancel = systemClock.after(60 * day, ran);
    vi.advanceTimersByTime(30 * day);
    cancel();
    vi.advanceTimersByTime(60 * day);
    expect(ran).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

test("soon comes after what is pending, unless cancelled", async () => {
  const order: string[] = [];
  systemClock.soon(() => order.push("cancelled"))();
  await new Promise<void>((resume) => {
    systemClock.soon(() => {
      order.push("soon");
      resume();
    });
    process.nextTick(() => order.push("tick"));
    queueMicrotask(() => order.push("microtask"));
  });
  expect(order.at(-1)).toBe("soon");
  expect(order.toSorted()).toEqual(["microtask", "soon", "tick"]);
});
