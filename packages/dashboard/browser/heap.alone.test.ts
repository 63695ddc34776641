import { expect } from "vitest";
import { leaveOpen } from "./hours-open.js";
import { browserTest as test } from "./stage.js";

// Eight hours of it: heap.long.test.ts.
test("a page that stays open takes no more memory: twenty minutes at one tick a second", async ({
  browser,
}) => {
  const { before, after } = await leaveOpen(browser, 1 / 3);
  expect(after.usedBytes / before.usedBytes, JSON.stringify({ before, after })).toBeLessThan(1.1);
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 50);
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + 5);
}, 120_000);
