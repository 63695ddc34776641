import type { Page } from "playwright-core";
import { expect } from "vitest";
import { chart, untilDrawn } from "./charts.js";
import { quiet } from "./chromium.js";
import { shopSource } from "./shop.js";
import { watching } from "./stage.js";

const test = watching({ sources: [shopSource()] });

test("a chart is copied as CSV, JSON and PNG: what it shows, under its policy", async ({ open }) => {
  const { page, complaints } = await open("", { permissions: ["clipboard-read", "clipboard-write"] });
  await untilDrawn(page, "cache_bytes", 3);
  const csv = (await copied(page, "csv")).split("\n");
  expect(csv.length).toBeGreaterThan(3);
  expect(csv[1]).toMatch(/^\d{4}-\d\d-\d\dT[^,]+,\d/);
  expect(JSON.stringify(JSON.parse(await copied(page, "json")))).toContain("cache_bytes");
  await hand(page, "png");
  expect(complaints).toEqual(quiet);
}, 60_000);

/** Chooses from the chart's menu, which says that it is done and closes by itself. */
async function hand(page: Page, kind: string): Promise<void> {
  const figure = chart(page, "cache_bytes");
  const choice = figure.locator(`[data-export=${kind}]`);
  await figure.hover();
  await figure.getByRole("button", { name: "Copy as" }).click();
  await choice.click();
  await figure.getByText("copied").waitFor();
  await choice.waitFor({ state: "hidden" });
}

async function copied(page: Page, kind: string): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText("nothing"));
  await hand(page, kind);
  return page.evaluate(() => navigator.clipboard.readText());
}
