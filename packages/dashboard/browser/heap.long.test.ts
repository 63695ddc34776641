import { expect, test } from "vitest";
import { launch } from "./chromium.js";
import { leaveOpen } from "./hours-open.js";

test("a page that stays open for eight hours takes no more memory at their end", async () => {
  const browser = await launch();
  const { before, after } = await leaveOpen(browser, 8).finally(() => browser.close());
  expect(after.usedBytes / before.usedBytes, JSON.stringify({ before, after })).toBeLessThan(1.05);
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 50);
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + 5);
});
