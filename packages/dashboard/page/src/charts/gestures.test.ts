import { expect, test } from "vitest";
import { spanUnder } from "./gestures.js";

const span = { fromMs: 0, toMs: 1_000 };

test("one finger carries what it holds along", () => {
  expect(spanUnder([60], { heldMs: [500], span }, 100)).toEqual({ fromMs: -100, toMs: 900 });
});

test("two fingers that part make the range shorter around them", () => {
  expect(spanUnder([25, 75], { heldMs: [400, 600], span }, 100)).toEqual({ fromMs: 300, toMs: 700 });
});

test("fingers that cross make no range", () => {
  expect(spanUnder([75, 25], { heldMs: [400, 600], span }, 100)).toBeUndefined();
  expect(spanUnder([50, 50], { heldMs: [400, 600], span }, 100)).toBeUndefined();
});
