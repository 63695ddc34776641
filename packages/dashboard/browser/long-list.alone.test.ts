import { expect, vi } from "vitest";
import { chart, readCharts, untilDrawn } from "./charts.js";
import { quiet } from "./chromium.js";
import { watching } from "./stage.js";

vi.setConfig({ testTimeout: 60_000 });

const metrics = 60;
const labelSets = 100;

const test = watching({
  intervalMs: 1_000,
  defaultSources: false,
  sources: [
    () =>
      Array.from({ length: metrics * labelSets }, (_, at) => ({
        name: `wide_${String(Math.floor(at / labelSets)).padStart(2, "0")}`,
        value: at,
        labels: { shard: String(at % labelSets), zone: String(at % 4) },
      })),
  ],
});

test("6,000 series: every metric has its chart, of its heaviest lines, or of one for each value of a label", async ({
  open,
}) => {
  const { page, complaints } = await open("", { viewport: { width: 1440, height: 500 } });
  await untilDrawn(page, "wide_00", 2, 30_000);
  const names = (await readCharts(page)).map(({ metric }) => metric);
  expect(names.filter((name) => name.startsWith("wide_"))).toHaveLength(metrics);
  const figure = chart(page, "wide_00");
  expect(await figure.getByTestId("more").textContent()).toBe("and 94 more");
  await figure.hover();
  await figure.getByTestId("by").selectOption("zone");
  const lines = figure.locator("[data-series-label]");
  await expect.poll(() => lines.count(), { timeout: 10_000 }).toBe(4);
  expect(await lines.first().getAttribute("data-series-label")).toContain("0");
  expect(complaints).toEqual(quiet);
});
