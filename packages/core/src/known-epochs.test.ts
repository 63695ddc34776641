import { expect, test } from "vitest";
import { KnownEpochs } from "./known-epochs.js";

const name = (k: number) => `epoch ${k}`;

test("what was heard is known and vouched for, what a store told of is only known", () => {
  const epochs = new KnownEpochs();
  epochs.hear("heard");
  epochs.recall("told");
  expect(["heard", "told", "never"].map((epoch) => epochs.has(epoch))).toEqual([true, true, false]);
  expect(["heard", "told", "never"].map((epoch) => epochs.wasHeard(epoch))).toEqual([true, false, false]);
});

test("of too many the newest 64 are kept: whoever writes to the store may invent them", () => {
  const epochs = new KnownEpochs();
  for (let k = 1; k <= 65; k += 1) epochs.hear(name(k));
  // The newest are told of first.
  for (let k = 165; k >= 101; k -= 1) epochs.recall(name(k));
  expect([1, 2, 65, 101, 102, 165].map((k) => epochs.has(name(k)))).toEqual([
    false,
    true,
    true,
    false,
    true,
    true,
  ]);
});
