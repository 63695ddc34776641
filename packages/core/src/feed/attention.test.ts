import { manualClock } from "@metricast/testkit";
import { expect, it } from "vitest";
import { Attention } from "./attention.js";

it("is paid while somebody watches, and for a while after", () => {
  const clock = manualClock();
  let watched = false;
  const attention = new Attention({ isWatched: () => watched, lingerMs: 10_000, clock });
  const each = (seconds: number) =>
    Array.from({ length: seconds }, () => {
      clock.advance(1_000);
      return attention.isPaid();
    });
  expect(each(20)).not.toContain(true);
  watched = true;
  expect(each(3)).toEqual([true, true, true]);
  watched = false;
  expect(each(11)).toEqual([...Array.from({ length: 9 }, () => true), false, false]);
  watched = true;
  expect(attention.isPaid()).toBe(true);
});

it("ends at once where nobody is waited for", () => {
  let watched = true;
  const attention = new Attention({ isWatched: () => watched, lingerMs: 0, clock: manualClock() });
  expect(attention.isPaid()).toBe(true);
  watched = false;
  expect(attention.isPaid()).toBe(false);
});
