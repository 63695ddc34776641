import { expect } from "vitest";
import { leaveOpen } from "./hours-open.js";
import { browserTest as test } from "./stage.js";

test("a page that stays open for eight hours takes no more memory at their end", async ({ browser }) => {
  const { before, after } = await leaveOpen(browser, 8);
  expect(after.usedBytes / before.usedBytes, JSON.stringify({ before, after })).toBeLessThan(1.05);
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 50);
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + 5);
});
