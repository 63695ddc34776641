import { expect, it } from "vitest";
import { SlotBuffer } from "./slot-buffer.js";

it("keeps every number while it grows, and begins again in the same memory", () => {
  const buffer = new SlotBuffer();
  const numbers = Array.from({ length: 1_000 }, (_, index) => (index % 7 === 0 ? Number.NaN : index));
  buffer.pushAll(numbers.slice(0, 500));
  for (const number of numbers.slice(500)) buffer.push(number);
  expect(buffer.length).toBe(1_000);
  expect([...buffer.values.subarray(0, 1_000)]).toEqual(numbers);
  const { values } = buffer;
  buffer.clear();
  buffer.push(-0);
  expect(buffer.values).toBe(values);
  expect([buffer.length, Object.is(buffer.values[0], -0)]).toEqual([1, true]);
});
