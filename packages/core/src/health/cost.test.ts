import { manualClock } from "@metricast/testkit";
import { expect, it } from "vitest";
import { Cost } from "./cost.js";

it("adds up stretches, each once however deep", () => {
  const clock = manualClock();
  const cost = new Cost(clock);
  cost.begin();
  clock.advance(5);
  cost.begin();
  clock.advance(5);
  cost.end();
  cost.end();
  clock.advance(100);
  cost.begin();
  clock.advance(1);
  cost.end();
  expect(cost.totalMs).toBe(11);
});

it("ends a stretch that throws, and ignores an end too many", () => {
  const clock = manualClock();
  const cost = new Cost(clock);
  const failing = () => {
    clock.advance(3);
    throw new Error("x");
  };
  expect(() => cost.measure(failing)).toThrow("x");
  cost.end();
  clock.advance(10);
  expect(cost.measure(() => "answer")).toBe("answer");
  expect(cost.totalMs).toBe(3);
});
