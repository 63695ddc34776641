import { expect, vi } from "vitest";
import { badge, readCharts, untilDrawn, untilState } from "./charts.js";
import { newPage, quiet } from "./chromium.js";
import { shopSource } from "./shop.js";
import { watching } from "./stage.js";

vi.setConfig({ testTimeout: 60_000 });

const test = watching({ sources: [shopSource()] });

test("the printed address opens charts of everything that is measured, live", async ({ open, service }) => {
  const { page, complaints } = await open();
  await untilState(page, "live");
  await untilDrawn(page, "cache_hit_ratio", 5);
  expect(await badge(page).textContent()).toContain("live");
  expect(await page.getByTestId("clients").textContent()).toContain("1");
  await expect
    .poll(() => page.getByTestId("health").getAttribute("data-status"))
    .toBe(service.cast.health().status);
  expect(page.url()).toBe(`http://127.0.0.1:${service.port}/metricast/`);
  expect(complaints).toEqual(quiet);
});

test("a reload opens it again, though the token is gone from the address", async ({ open }) => {
  const { page } = await open();
  await untilState(page, "live");
  await page.reload();
  await untilState(page, "live");
});

test("with a minute of history eight charts of sixty points stand there within five seconds", async ({
  browser,
  service,
}) => {
  await service.untilTicks(62);
  const { page } = await newPage(browser);
  await page.goto(service.url, { waitUntil: "commit" });
  const filled = () =>
    [...document.querySelectorAll<HTMLElement>("figure[data-metric]")].filter(
      (figure) => Number(figure.dataset.points) >= 60 && figure.getBoundingClientRect().top < innerHeight,
    ).length >= 8;
  await page.waitForFunction(filled, undefined, { timeout: 5_000 });
  const charts = (await readCharts(page)).filter(({ isVisible }) => isVisible);
  expect(charts.filter(({ points }) => points >= 60).length).toBeGreaterThanOrEqual(8);
  await page.context().close();
});
