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

it("counts the host's part of a stretch apart, whatever it does", () => {
  const clock = manualClock();
  const cost = new Cost(clock);
  cost.begin();
  clock.advance(2);
  expect(
    cost.measureApart(() => {
      clock.advance(30);
      cost.measure(() => clock.advance(4));
      return "read";
    }),
  ).toBe("read");
  expect(() =>
    cost.measureApart(() => {
      clock.advance(6);
      throw new Error("no");
    }),
  ).toThrow("no");
  clock.advance(1);
  cost.end();
  clock.advance(100);
  cost.measureApart(() => clock.advance(10));
  clock.advance(100);
  expect([cost.totalMs, cost.apartMs]).toEqual([2 + 4 + 1, 30 + 4 + 6 + 10]);
});

it("times one of sixteen for all, and reads the clock no more often", () => {
  const clock = manualClock();
  let looks = 0;
  const cost = new Cost({
    monotonicMs: () => {
      looks += 1;
      return clock.monotonicMs();
    },
  });
  for (let run = 0; run < 1_600; run += 1) cost.measureSome(() => clock.advance(0.05));
  expect(cost.totalMs).toBeCloseTo(80);
  expect(looks).toBe(200);
  cost.measure(() => {
    for (let run = 0; run < 160; run += 1) cost.measureSome(() => clock.advance(1));
  });
  expect(cost.totalMs).toBeCloseTo(240);
});

it("does not take one that was held up for all of them", () => {
  const clock = manualClock();
  const cost = new Cost(clock);
  for (let run = 0; run < 16; run += 1) cost.measureSome(() => clock.advance(200));
  expect(cost.totalMs).toBeCloseTo(200 + 15 * 0.1);
});
