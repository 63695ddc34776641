import { expect, it } from "vitest";
import { SeriesBudget } from "./series-budget.js";

it("takes up to its limit, not one slot past it, and again what was released", () => {
  const budget = new SeriesBudget(10);
  expect(budget.tryTake(9)).toBe(true);
  expect(budget.tryTake(2)).toBe(false);
  expect(budget.tryTake(1)).toBe(true);
  expect(budget.used).toBe(10);
  expect(budget.tryTake(1)).toBe(false);
  budget.release(9);
  expect(budget.tryTake(9)).toBe(true);
});

it("takes nothing while it refuses", () => {
  const budget = new SeriesBudget(10);
  budget.refuse = true;
  expect(budget.tryTake(1)).toBe(false);
  budget.refuse = false;
  expect(budget.tryTake(1)).toBe(true);
});
