import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chart, untilDrawn } from "./charts.js";
import { launch, newPage, quiet } from "./chromium.js";
import { shopSource } from "./shop.js";
import { WatchedService } from "./watched-service.js";

let browser: Browser;
let service: WatchedService;

beforeAll(async () => {
  service = await WatchedService.start({ sources: [shopSource()] });
  browser = await launch();
}, 60_000);
afterAll(async () => {
  await browser.close();
  await service.stop();
});

test("a chart is copied as CSV, JSON and PNG: what it shows, under its policy", async () => {
  const { page, complaints } = await newPage(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await page.goto(service.url);
  await untilDrawn(page, "cache_bytes", 3);
  const csv = (await copied(page, "csv")).split("\n");
  expect(csv.length).toBeGreaterThan(3);
  expect(csv[1]).toMatch(/^\d{4}-\d\d-\d\dT[^,]+,\d/);
  expect(JSON.stringify(JSON.parse(await copied(page, "json")))).toContain("cache_bytes");
  await press(page, "png");
  await chart(page, "cache_bytes")
    .getByText(/copied|saved/)
    .waitFor();
  expect(complaints).toEqual(quiet);
  await page.context().close();
}, 30_000);

async function press(page: Page, kind: string): Promise<void> {
  const figure = chart(page, "cache_bytes");
  const button = figure.locator(`[data-export=${kind}]`);
  await figure.hover();
  if (!(await button.isVisible())) await figure.getByRole("button", { name: "Copy as" }).click();
  await button.click();
}

/** What is in the clipboard once it is another. */
async function copied(page: Page, kind: string): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText("nothing"));
  await press(page, kind);
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).not.toBe("nothing");
  return page.evaluate(() => navigator.clipboard.readText());
}
