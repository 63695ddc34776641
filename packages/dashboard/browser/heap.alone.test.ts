import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch } from "./chromium.js";
import { leaveOpen } from "./hours-open.js";

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
}, 60_000);
afterAll(() => browser.close());

// Eight hours of it: heap.long.test.ts.
test("a page that stays open takes no more memory: twenty minutes at one tick a second", async () => {
  const { before, after } = await leaveOpen(browser, 1 / 3);
  expect(after.usedBytes / before.usedBytes, JSON.stringify({ before, after })).toBeLessThan(1.1);
  expect(after.nodes).toBeLessThanOrEqual(before.nodes + 50);
  expect(after.listeners).toBeLessThanOrEqual(before.listeners + 5);
}, 120_000);
