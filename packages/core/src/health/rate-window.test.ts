import { expect, it } from "vitest";
import { RateWindow } from "./rate-window.js";

it("tells growth per second over the last minute", () => {
  const rate = new RateWindow();
  expect(rate.perSecond(0, 100)).toBe(0);
  expect(rate.perSecond(10_000, 150)).toBe(5);
  expect(rate.perSecond(60_000, 400)).toBe(5);
  // The base is now the reading at 10 s, then the one at 60 s.
  expect(rate.perSecond(70_000, 450)).toBe(5);
  expect(rate.perSecond(120_000, 450)).toBeCloseTo(50 / 60);
  expect(rate.perSecond(180_000, 450)).toBe(0);
});

it("has a base where readings are further apart than the window", () => {
  const rate = new RateWindow(1_000);
  rate.perSecond(0, 0);
  expect(rate.perSecond(100_000, 200)).toBe(2);
  expect(rate.perSecond(200_000, 200)).toBe(0);
});

it("starts anew when the total or the clock goes back", () => {
  const rate = new RateWindow();
  rate.perSecond(0, 100);
  expect(rate.perSecond(1_000, 0)).toBe(0);
  expect(rate.perSecond(2_000, 10)).toBe(10);
  expect(rate.perSecond(500, 20)).toBe(0);
});

it("keeps its rate when it is read every millisecond", () => {
  const rate = new RateWindow();
  let told = 0;
  for (let ms = 0; ms <= 200_000; ms += 1) told = rate.perSecond(ms, ms * 3);
  expect(told).toBeCloseTo(3_000, 6);
});
