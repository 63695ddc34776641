import { manualClock } from "@metricast/testkit";
import { expect, vi } from "vitest";
import { untilState } from "./charts.js";
import { browserTest } from "./stage.js";
import { WatchedService } from "./watched-service.js";

vi.setConfig({ testTimeout: 60_000 });

const historyTicks = 1_000;
const changedAtTick = historyTicks - 600;

/** A dozen gauges with the noise that they always have, and one that is twice as high for the last ten minutes. */
function calmSource() {
  let ticks = 0;
  return () => {
    ticks += 1;
    const noise = (k: number) => Math.sin(ticks * 12.9898 + k) * 2;
    const calm = Array.from({ length: 12 }, (_, k) => ({ name: `calm_${k}`, value: 100 + noise(k) }));
    return [...calm, { name: "queue_length", value: (ticks > changedAtTick ? 200 : 100) + noise(99) }];
  };
}

const test = browserTest
  .extend("clock", { scope: "file" }, manualClock(Date.now() - historyTicks * 1_000))
  .extend("service", { scope: "file" }, async ({ clock }, { onCleanup }) => {
    const service = await WatchedService.start({
      clock,
      intervalMs: 1_000,
      defaultSources: false,
      countsTicks: false,
      sources: [calmSource()],
      heartbeatMs: 300_000,
      deadAfterMs: 900_000,
    });
    onCleanup(() => service.stop());
    for (let tick = 0; tick < historyTicks; tick++) await clock.advanceAsync(1_000);
    return service;
  })
  .extend("page", async ({ browser, service }, { onCleanup }) => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    onCleanup(() => page.close());
    await page.goto(service.url);
    return page;
  });

test("what changed ten minutes ago is two clicks away, the chart that did first", async ({ page, clock }) => {
  const ticking = setInterval(() => clock.advance(100), 100);
  await untilState(page, "live");
  await page.locator('[data-range="15m"]').click();
  await page.getByTestId("changes").click();
  const changed = page.locator('section[aria-label="Most changed"] figure');
  await changed.first().waitFor();
  clearInterval(ticking);
  expect(await changed.first().getAttribute("data-metric")).toBe("queue_length");
  expect(await changed.count()).toBe(1);
});
