// `npm run screenshots`: draws the pictures of the README and the site, docs/images/dashboard-*, from the built page.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { manualClock } from "@metricast/testkit";
import type { BrowserContextOptions, Page } from "playwright-core";
import { readCharts, untilState } from "./charts.js";
import { launch, newPage } from "./chromium.js";
import { movingPicture, picturesOf } from "./moving-picture.js";
import { shopSource } from "./shop.js";
import { WatchedService } from "./watched-service.js";

const images = fileURLToPath(new URL("../../../docs/images/", import.meta.url));
const historyTicks = 1_200;

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const pictures: readonly (readonly [name: string, options: BrowserContextOptions, hash: string])[] = [
  ["dashboard-dark", { colorScheme: "dark" }, "#range=15m"],
  ["dashboard-light", { colorScheme: "light" }, "#range=15m"],
  ["dashboard-overview", { colorScheme: "dark" }, "#view=overview"],
  ["dashboard-phone", { colorScheme: "dark", ...phone }, "#range=5m"],
];

/** A service that has run for twenty minutes, as far as its own clock tells. */
async function longRunning(): Promise<{ service: WatchedService; end: () => Promise<void> }> {
  const clock = manualClock(Date.now() - historyTicks * 1_000);
  const service = await WatchedService.start({
    clock,
    intervalMs: 1_000,
    instance: "shop-1",
    defaultSources: false,
    countsTicks: false,
    sources: [{ name: "shop", read: shopSource() }],
    heartbeatMs: 300_000,
    deadAfterMs: 900_000,
  });
  for (let tick = 0; tick < historyTicks; tick++) {
    await clock.advanceAsync(1_000);
    if (tick % 360 === 301) service.cast.event("checkout_slow", { supplier: "pay.example" });
    if (tick === 700) service.cast.event("deploy", { version: "2.4.1" });
  }
  const ticking = setInterval(() => clock.advance(100), 100);
  return {
    service,
    end: async () => {
      const closed = service.stop();
      await closed;
      clearInterval(ticking);
    },
  };
}

/** All charts in view have points, or there are none to have any; then what is fetched behind them has time to come. */
async function untilAllDrawn(page: Page): Promise<void> {
  const allDrawn = () =>
    [...document.querySelectorAll<HTMLElement>("figure[data-metric]")].every(
      (figure) => figure.getBoundingClientRect().top > innerHeight || Number(figure.dataset.points) > 0,
    );
  await page.waitForFunction(allDrawn, undefined, { timeout: 60_000 });
  await page.waitForTimeout(3_000);
  await untilState(page, "live", 60_000);
}

/** Twenty seconds of the page, shown in ten. */
async function record(url: string): Promise<void> {
  const { page } = await newPage(browser, { colorScheme: "dark", viewport: { width: 1_200, height: 700 } });
  await page.goto(`${url}#range=120s`);
  await untilState(page, "live");
  await untilAllDrawn(page);
  const size = page.viewportSize() ?? { width: 0, height: 0 };
  const moving = movingPicture(await picturesOf(page, 20, 1_000), size, 500);
  writeFileSync(`${images}dashboard-moving.webp`, moving);
  process.stdout.write(`dashboard-moving.webp: ${moving.length} bytes\n`);
  await page.context().close();
}

const { service, end } = await longRunning();
const browser = await launch();
for (const [name, options, hash] of pictures) {
  const { page } = await newPage(browser, options);
  await page.goto(`${service.url}${hash}`);
  await untilState(page, "live");
  await untilAllDrawn(page);
  await page.screenshot({ path: `${images}${name}.png` });
  const drawn = (await readCharts(page)).filter(({ isVisible, points }) => isVisible && points > 0).length;
  process.stdout.write(`${name}.png: ${drawn} charts in view\n`);
  await page.context().close();
}
await record(service.url);
await browser.close();
await end();
