import { manualClock } from "@metricast/testkit";
import type { Browser, Page } from "playwright-core";
import { untilDrawn } from "./charts.js";
import { newPage } from "./chromium.js";
import { shopSource } from "./shop.js";
import { WatchedService } from "./watched-service.js";

interface HeapReading {
  readonly usedBytes: number;
  readonly nodes: number;
  readonly listeners: number;
}

export interface HoursOpen {
  /** Once everything that is kept is full, and at the end. */
  readonly before: HeapReading;
  readonly after: HeapReading;
}

/** More rows than a chart keeps: from here on old ones go as new ones come. */
const warmUpTicks = 2_400;
/** So often the page is waited for, that it has drawn what it was sent. */
const stride = 60;

/** Leaves a page open at one tick a second for so many hours, fast-forwarded by the clock of the service. */
export async function leaveOpen(browser: Browser, hours: number): Promise<HoursOpen> {
  const clock = manualClock(Date.now());
  // The browser's pongs come in real time: in the service's own they would be hours late.
  const patience = { heartbeatMs: 300_000, deadAfterMs: 900_000 };
  const service = await WatchedService.start({
    clock,
    intervalMs: 1_000,
    defaultSources: false,
    sources: [shopSource()],
    startSecret: "a secret for one test",
    ...patience,
  });
  const { page } = await newPage(browser);
  const pass = async (ticks: number) => {
    for (let tick = 0; tick < ticks; tick += stride) {
      for (let at = 0; at < stride; at++) await clock.advanceAsync(1_000);
      await untilShown(page, clock.dateMs());
    }
  };
  try {
    await clock.advanceAsync(5_000);
    await page.goto(service.url);
    await untilDrawn(page, "a_ticks", 2);
    await pass(warmUpTicks);
    const before = await readHeap(page);
    await pass(hours * 3_600);
    return { before, after: await readHeap(page) };
  } finally {
    await page.context().close();
    const closed = service.stop();
    await clock.advanceAsync(5_000);
    await closed;
  }
}

function untilShown(page: Page, timeMs: number): Promise<unknown> {
  return page.waitForFunction(
    (wantedMs) => {
      const figure = document.querySelector<HTMLElement>('figure[data-metric="a_ticks"]');
      return Number(figure?.dataset.to) >= wantedMs - 2_000;
    },
    timeMs,
    { timeout: 10_000 },
  );
}

/** What is in use after a collection. */
async function readHeap(page: Page): Promise<HeapReading> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("HeapProfiler.enable");
  await cdp.send("HeapProfiler.collectGarbage");
  await cdp.send("Performance.enable");
  const { metrics } = await cdp.send("Performance.getMetrics");
  await cdp.detach();
  const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { usedBytes: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
}
