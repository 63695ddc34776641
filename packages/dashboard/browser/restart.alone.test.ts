import { FaultProxy } from "@metricast/testkit";
import { expect, onTestFinished, vi } from "vitest";
import { readChart, readCharts, untilChart, untilDrawn, untilState } from "./charts.js";
import { newPage, quiet } from "./chromium.js";
import { shopSource } from "./shop.js";
import { watching } from "./stage.js";

vi.setConfig({ testTimeout: 60_000 });

const test = watching({ sources: [shopSource()] });

test("a restart under the page's eyes: nothing is blank, the gap is drawn, live again within three seconds", async ({
  open,
  service,
}) => {
  const { page, complaints } = await open("#range=30s");
  await untilDrawn(page, "a_ticks", 10);
  const before = (await readCharts(page)).filter(({ points }) => points > 0);
  // Looks at every frame that is painted from here on: a chart that was there must not be gone, or without points.
  await page.evaluate(
    (names) => {
      const seen: string[] = [];
      Reflect.set(window, "blanks", seen);
      const look = () => {
        for (const name of names) {
          const figure = document.querySelector<HTMLElement>(`figure[data-metric="${name}"]`);
          if (!(Number(figure?.dataset.points) > 0)) seen.push(name);
        }
        requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    },
    before.map(({ metric }) => metric),
  );
  // What a busy machine has missed so far is nothing of the restart.
  const gapsBefore = (await readChart(page, "a_ticks"))?.gaps ?? 0;
  await service.stop();
  await untilState(page, "disconnected");
  const stoppedMs = Date.now();
  // Long enough for a gap that nobody overlooks.
  await page.waitForFunction((sinceMs) => Date.now() - sinceMs > 1_500, stoppedMs);
  await service.start();
  const listeningMs = performance.now();
  await untilState(page, "live");
  expect(performance.now() - listeningMs).toBeLessThan(3_000);
  await untilChart(
    page,
    "a_ticks",
    "one gap, and points after it",
    (after) =>
      after.points > 15 &&
      after.toMs > stoppedMs + 2_000 &&
      after.gaps > gapsBefore &&
      after.gaps - gapsBefore - service.missedTicks(after) <= 1,
  );
  expect(await page.evaluate(() => Reflect.get(window, "blanks"))).toEqual([]);
  expect(page.url()).not.toContain("token");
  expect({ ...complaints, console: [] }).toEqual(quiet);
});

test("a connection that is cut comes back without a gap: what was missed is filled in", async ({
  browser,
  service,
}) => {
  const proxy = await FaultProxy.listen(service.port);
  onTestFinished(() => proxy.close());
  const { page } = await newPage(browser);
  await page.goto(`${service.url.replace(`:${service.port}`, `:${proxy.port}`)}#range=30s`);
  await untilDrawn(page, "a_ticks", 5);
  proxy.mode = "refuse";
  proxy.cut();
  await untilState(page, "disconnected");
  const cutMs = Date.now();
  await page.waitForFunction((sinceMs) => Date.now() - sinceMs > 1_500, cutMs);
  proxy.mode = "pass";
  await untilState(page, "live");
  const state = await untilChart(page, "a_ticks", "filled", ({ toMs }) => toMs > cutMs + 2_000);
  await expect
    .poll(async () => (await readChart(page, "a_ticks"))?.gaps)
    .toBeLessThanOrEqual(service.missedTicks(state));
  await page.context().close();
});
