import type { Page } from "playwright-core";
import { expect, vi } from "vitest";
import { chart, drag, readChart, readCharts, untilChart, untilState } from "./charts.js";
import { newPage, quiet } from "./chromium.js";
import { shopSource } from "./shop.js";
import { watching } from "./stage.js";

vi.setConfig({ testTimeout: 60_000 });

const metric = "a_ticks";
const modeOf = (page: Page) => page.locator("main").getAttribute("data-mode");
const lengthMs = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => toMs - fromMs;

// All tests share a page, and each begins where it is live.
const test = watching({ sources: [shopSource()] })
  .extend("opened", { scope: "file" }, async ({ browser, service }) => {
    await service.untilTicks(60);
    const opened = await newPage(browser);
    await opened.page.goto(service.url);
    // From then on it hears of another address.
    await untilChart(opened.page, metric, "drawn", ({ points }) => points > 0, 30_000);
    return opened;
  })
  .extend("page", async ({ opened: { page, complaints } }, { onCleanup }) => {
    onCleanup(() => expect(complaints).toEqual(quiet));
    await page.evaluate(() => location.assign("#range=20s"));
    await untilChart(page, metric, "live", (state) => state.points > 20 && lengthMs(state) === 20_000);
    return page;
  });

test("a drag zooms all charts together, a double click goes back to live", async ({ page, service }) => {
  await drag(page, metric, 0.5, 0.8);
  await untilChart(page, metric, "zoomed", (state) => lengthMs(state) < 8_000);
  expect(await modeOf(page)).toBe("zoomed");
  const drawn = (await readCharts(page)).filter(({ isVisible, points }) => isVisible && points > 0);
  expect(new Set(drawn.map(({ fromMs, toMs }) => `${fromMs} ${toMs}`)).size).toBe(1);
  const { toMs } = drawn[0] ?? { toMs: 0 };
  await service.untilTicks(Math.ceil((Date.now() - toMs) / 200));
  expect((await readChart(page, metric))?.toMs).toBe(toMs);
  await chart(page, metric).locator(".u-over").dblclick();
  await untilChart(page, metric, "live again", (state) => lengthMs(state) > 19_000 && state.toMs > toMs);
  expect(await modeOf(page)).toBe("live");
});

test("the arrows pan, and what is shown stands in the address, for others to open", async ({
  page,
  open,
}) => {
  const before = await untilChart(page, metric, "drawn", ({ points }) => points > 20);
  await page.keyboard.press("Shift+ArrowLeft");
  const panned = await untilChart(page, metric, "back in time", ({ toMs }) => toMs < before.toMs);
  expect(Math.abs(lengthMs(panned) - 20_000)).toBeLessThan(500);
  await page.waitForURL(/from=\d+/);
  const shared = await open(new URL(page.url()).hash);
  const same = await untilChart(shared.page, metric, "the same range", ({ points }) => points > 5);
  expect([same.fromMs, same.toMs]).toEqual([panned.fromMs, panned.toMs]);
});

test("space holds the charts, says how much waits, and goes on without a hole", async ({ page, service }) => {
  await page.keyboard.press("Space");
  await untilState(page, "paused");
  expect(await page.getByTestId("pause").getAttribute("aria-pressed")).toBe("true");
  const shown = async () => {
    const state = await readChart(page, metric);
    return [state?.fromMs, state?.toMs];
  };
  const held = await shown();
  await page.waitForFunction(() =>
    /[1-9]/.test(document.querySelector("[data-testid=connection]")?.textContent ?? ""),
  );
  expect(await shown()).toEqual(held);
  await page.keyboard.press("Space");
  await untilState(page, "live");
  const after = await untilChart(page, metric, "gone on", ({ toMs }) => toMs > (held[1] ?? 0));
  expect(after.gaps).toBeLessThanOrEqual(service.missedTicks(after));
});

test("the cursor is at the same time on every chart", async ({ page }) => {
  await chart(page, metric)
    .locator(".u-over")
    .hover({ position: { x: 80, y: 40 } });
  const shares = () =>
    page.locator("figure[data-points] .u-over").evaluateAll((plots) =>
      plots.map((plot) => {
        const cursor = plot.querySelector(".u-cursor-x");
        const { left, width } = plot.getBoundingClientRect();
        return cursor === null ? -1 : (cursor.getBoundingClientRect().left - left) / width;
      }),
    );
  await expect.poll(async () => (await shares()).filter((share) => share > 0).length).toBeGreaterThan(3);
  const seen = (await shares()).filter((share) => share > 0);
  expect(Math.max(...seen) - Math.min(...seen)).toBeLessThan(0.02);
});

test("ranges are chosen by button and by key, up to a day, and come back filled", async ({ page }) => {
  const hour = 3_600_000;
  for (const [range, longMs] of [
    ["24h", 24 * hour],
    ["1h", hour],
  ] as const) {
    await page.locator(`[data-range="${range}"]`).click();
    expect(await page.locator(`[data-range="${range}"]`).getAttribute("aria-pressed")).toBe("true");
    await untilChart(page, metric, range, (state) => lengthMs(state) === longMs);
  }
  await untilChart(page, metric, "filled", (state) => state.points > 0, 15_000);
  await page.keyboard.press("1");
  await untilChart(page, metric, "five minutes", (state) => lengthMs(state) < 301_000 && state.points > 30);
});
