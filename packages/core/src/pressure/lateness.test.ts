import { expect, it } from "vitest";
import { Lateness } from "./lateness.js";

function looks(...lates: number[]) {
  const lateness = new Lateness(5_000);
  lateness.clear(0);
  for (const [index, lateMs] of lates.entries()) lateness.add(lateMs, (index + 1) * 250);
  return { lateness, nowMs: lates.length * 250 };
}

it("tells which part of the last looks was so late, and what half of them were", () => {
  const { lateness, nowMs } = looks(900, 900, 900, 900, 10, 20, 30, 40, 50, 60, 70, 80, 0, 0, 0, 0);
  expect(lateness.share(50, 3_000, nowMs)).toBeCloseTo(4 / 12);
  expect(lateness.share(10, 3_000, nowMs)).toBeCloseTo(8 / 12);
  expect(lateness.medianMs(3_000, nowMs)).toBe(30);
  expect(lateness.share(900, 4_000, nowMs)).toBeCloseTo(4 / 16);
});

it("knows nothing before it has looked for that long, however late the looks were, nor of a few looks", () => {
  const { lateness, nowMs } = looks(500, 500, 500, 500);
  expect(lateness.share(1, 3_000, nowMs)).toBeUndefined();
  expect(lateness.medianMs(3_000, nowMs)).toBeUndefined();
  const standstill = new Lateness(5_000);
  standstill.clear(0);
  standstill.add(60_000, 60_250);
  standstill.add(0, 60_500);
  expect(standstill.share(1, 3_000, 60_500)).toBeUndefined();
  standstill.add(0, 60_750);
  expect(standstill.share(1, 3_000, 60_750)).toBeCloseTo(1 / 3);
});

it("forgets what was before, and what is old", () => {
  const { lateness, nowMs } = looks(...Array.from({ length: 100 }, () => 500));
  lateness.clear(nowMs);
  for (let n = 1; n <= 40; n += 1) lateness.add(0, nowMs + n * 250);
  expect(lateness.share(1, 100_000, nowMs + 10_000)).toBeUndefined();
  expect(lateness.share(1, 10_000, nowMs + 10_000)).toBe(0);
});
