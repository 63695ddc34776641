import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, vi } from "vitest";
import { chart, readChart, untilChart, untilDrawn } from "./charts.js";
import { shopSource } from "./shop.js";
import { watching } from "./stage.js";

vi.setConfig({ testTimeout: 60_000 });

const test = watching({ sources: [shopSource()] });

/** What axe-core finds that keeps people out. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe: runner } = window as unknown as { axe: typeof axe };
    return (await runner.run()).violations.map(({ id, impact, nodes }) => ({
      id,
      impact,
      where: nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)),
    }));
  });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, where }) => `${id}: ${where.join(" | ")}`);
}

test.for(["dark", "light"] as const)(
  "%s: axe finds no serious barrier, wherever one goes",
  async (colorScheme, { open }) => {
    const { page } = await open("", { colorScheme });
    await untilDrawn(page, "a_ticks", 2);
    expect(await page.locator("html").getAttribute("data-theme")).toBe(colorScheme);
    expect(await barriers(page), "charts").toEqual([]);
    const places = {
      o: "text=What metricast costs",
      e: "[aria-label=Events]",
      m: "[data-channel=metricast]",
    };
    for (const [key, shown] of Object.entries(places)) {
      await page.keyboard.press(key);
      await page.locator(shown).first().waitFor();
      expect(await barriers(page), shown).toEqual([]);
    }
  },
);

test("a phone has one column, and nothing sticks out", async ({ open }) => {
  const { page } = await open("", { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await untilDrawn(page, "a_ticks", 2);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  const lefts = await page
    .locator("figure[data-metric]")
    .evaluateAll((figures) => figures.map((figure) => Math.round(figure.getBoundingClientRect().left)));
  expect(new Set(lefts).size).toBe(1);
  expect(await barriers(page)).toEqual([]);
});

test("the keyboard alone reaches everything: search, ranges, pause, a chart's values, its table, help", async ({
  open,
}) => {
  const { page } = await open();
  await untilDrawn(page, "a_ticks", 3);
  await page.keyboard.press("/");
  await page.keyboard.type("shop_stock");
  await chart(page, "a_ticks").waitFor({ state: "detached" });
  await untilDrawn(page, "shop_stock", 2);
  await page.keyboard.press("Tab");
  await page.keyboard.press("2");
  expect(await page.locator('[data-range="15m"]').getAttribute("aria-pressed")).toBe("true");
  await tabTo(page, "figure[data-metric=shop_stock]");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(() => chart(page, "shop_stock").locator("output[aria-live]").textContent()).toMatch(/\d/);
  await tabTo(page, "[data-testid=table]");
  await page.keyboard.press("Enter");
  await chart(page, "shop_stock").locator("table td").first().waitFor();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog");
  await help.waitFor();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
});

/** Presses Tab until the focus is there; what cannot be reached so is not reachable. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${selector}`);
}

test("a hidden tab goes quiet, and shows everything when it is looked at again", async ({
  open,
  service,
}) => {
  const { page } = await open("#range=30s");
  await untilDrawn(page, "a_ticks", 5);
  await setHidden(page, true);
  // It lingers a little, for who comes right back.
  const movedMs = async () => {
    const before = await readChart(page, "a_ticks");
    await service.untilTicks(service.ticks + 5);
    return ((await readChart(page, "a_ticks"))?.toMs ?? 0) - (before?.toMs ?? 0);
  };
  await expect.poll(movedMs, { timeout: 15_000 }).toBe(0);
  const hidden = await untilChart(page, "a_ticks", "held", () => true);
  await setHidden(page, false);
  // What was missed comes behind what is live.
  await untilChart(
    page,
    "a_ticks",
    "caught up, without a gap",
    (shown) => shown.toMs > hidden.toMs + 1_500 && shown.gaps <= service.missedTicks(shown),
  );
}, 40_000);

/** As a browser tells a page that its tab went to the back: headless Chromium has no other tab to put in front. */
async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => value });
    Object.defineProperty(document, "visibilityState", {
      configurable: true,
      get: () => (value ? "hidden" : "visible"),
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
