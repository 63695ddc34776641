import fc from "fast-check";
import { expect, it } from "vitest";
import { DeliveryTimes } from "./delivery-times.js";

it("has no quantile before the first sample", () => {
  expect(new DeliveryTimes().quantileMs(0.99)).toBeUndefined();
});

it("tells p50 and p99 apart", () => {
  const times = new DeliveryTimes();
  for (let n = 0; n < 98; n += 1) times.record(1);
  times.record(500);
  times.record(500);
  expect(times.quantileMs(0.5)).toBeGreaterThanOrEqual(1);
  expect(times.quantileMs(0.5)).toBeLessThan(1.09);
  expect(times.quantileMs(0.99)).toBeGreaterThanOrEqual(500);
  expect(times.quantileMs(0.99)).toBeLessThan(545);
  expect(times.count).toBe(100);
  expect(times.sumMs).toBe(1_098);
});

it("counts many things at once as it would one by one", () => {
  const [one, many] = [new DeliveryTimes(), new DeliveryTimes()];
  many.record(3, 98);
  many.record(500, 2);
  for (let n = 0; n < 98; n += 1) one.record(3);
  for (let n = 0; n < 2; n += 1) one.record(500);
  for (const quantile of [0, 0.5, 0.98, 0.99, 1])
    expect(many.quantileMs(quantile)).toBe(one.quantileMs(quantile));
  expect([many.count, many.sumMs]).toEqual([100, 1_294]);
});

it("is never under the true quantile and at most a twelfth above", () => {
  const samples = fc.array(fc.double({ min: 0.06, max: 60_000, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, quantile) => {
      const times = new DeliveryTimes();
      for (const value of values) times.record(value);
      const sorted = [...values].sort((a, b) => a - b);
      const truth = sorted[Math.max(1, Math.ceil(quantile * values.length)) - 1] ?? Number.NaN;
      const told = times.quantileMs(quantile) ?? Number.NaN;
      return told >= truth * (1 - 1e-9) && told <= truth * (13 / 12) * (1 + 1e-9);
    }),
  );
});

it("forgets what is two windows old, and counts on", () => {
  const times = new DeliveryTimes();
  times.record(1_000);
  times.rotate();
  times.record(1);
  expect(times.quantileMs(1)).toBeGreaterThanOrEqual(1_000);
  times.rotate();
  expect(times.quantileMs(1)).toBeLessThan(1.09);
  times.rotate();
  expect(times.quantileMs(1)).toBeUndefined();
  expect(times.count).toBe(2);
});

it("takes any number", () => {
  const times = new DeliveryTimes();
  for (const ms of [Number.NaN, -5, 0, Number.POSITIVE_INFINITY, 1e300]) times.record(ms);
  expect(times.count).toBe(4);
  expect(times.quantileMs(0)).toBe(0.05);
  expect(times.quantileMs(1)).toBeGreaterThan(60_000);
});
