import { redisStore } from "@metricast/store-redis";
import { ChildScript, RedisServer } from "@metricast/testkit";
import type { Page } from "playwright-core";
import { expect, vi } from "vitest";
import { untilChart } from "./charts.js";
import { newPage, quiet } from "./chromium.js";
import { browserTest } from "./stage.js";
import { WatchedService } from "./watched-service.js";

vi.setConfig({ testTimeout: 120_000 });

const level = (value: number) => () => ({ level: value });

/** Another process of the service: only a process can die without a word. */
const otherScript = (port: number) => `
  import { createMetricast } from "@metricast/core";
  import { redisStore } from "@metricast/store-redis";
  const cast = createMetricast({
    service: "shop",
    instance: "web-2",
    intervalMs: 200,
    public: true,
    store: redisStore({ port: ${port}, deadAfterMs: 60_000 }),
    sources: [() => ({ level: 10 })],
  });
  await cast.start();
  console.log("started");
`;

// Two instances of a service on a real Redis; the page is served by the first.
const test = browserTest
  .extend("redisOptions", { scope: "file" }, { args: [] })
  .extend("redis", { scope: "file" }, async ({ redisOptions }, { onCleanup }) => {
    const redis = await RedisServer.start(redisOptions);
    onCleanup(() => redis.stop());
    return redis;
  })
  .extend("service", { scope: "file" }, async ({ redis }, { onCleanup }) => {
    const service = await WatchedService.start({
      service: "shop",
      instance: "web-1",
      store: redisStore({ port: redis.port }),
      sources: [level(1)],
    });
    onCleanup(() => service.stop());
    return service;
  })
  .extend("other", { scope: "file" }, async ({ redis, service }, { onCleanup }) => {
    // The first to be heard of is the first that is there.
    await service.untilTicks(1);
    const other = ChildScript.run(otherScript(redis.port));
    onCleanup(() => other.kill());
    await other.says("started", 40_000);
    return other;
  });

/** Waits until the newest value in the legend of the chart is so. */
async function untilLevel(page: Page, value: string): Promise<void> {
  const shown = page.locator('figure[data-metric="level"] [data-series-label] .value');
  await expect.poll(() => shown.allTextContents(), { timeout: 15_000 }).toEqual([value]);
}

test("all instances as one, or any of them; one that died is greyed, and what it left can be looked at", async ({
  browser,
  service,
  other,
}) => {
  const { page, complaints } = await newPage(browser);
  await page.goto(`${service.url}#range=30s&q=level`);
  const picker = page.getByTestId("instances").locator("select");
  const option = (name: string) => picker.locator("option", { hasText: name });
  await untilLevel(page, "11");
  await picker.selectOption("web-2");
  await untilLevel(page, "10");
  await page.waitForURL(/instance=web-2/);
  await picker.selectOption("web-1");
  await untilLevel(page, "1");

  const colourOf = (name: string) => option(name).evaluate((element) => getComputedStyle(element).color);
  const alive = await colourOf("web-2");
  other.kill();
  await option("web-2")
    .and(page.locator("[data-status=silent]"))
    .waitFor({ state: "attached", timeout: 30_000 });
  expect(await option("web-2").textContent()).toContain("silent");
  expect(await colourOf("web-2")).not.toBe(alive);
  expect(await colourOf("web-1")).toBe(alive);
  await picker.selectOption("web-2");
  await untilChart(page, "level", "its past, and that nothing came since", ({ points, gaps }) => {
    return points > 5 && gaps > 0;
  });
  expect(complaints).toEqual(quiet);
});
