import type { Page } from "playwright-core";

/** What a chart says of itself, read from its attributes. */
export interface ChartState {
  readonly metric: string;
  readonly points: number;
  readonly series: number;
  readonly gaps: number;
  readonly stepMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isVisible: boolean;
}

export async function readCharts(page: Page): Promise<ChartState[]> {
  const raw = await page.$$eval("figure[data-metric]", (figures) =>
    figures.map((figure) => ({
      said: Object.fromEntries([...figure.attributes].map(({ name, value }) => [name, value])),
      top: figure.getBoundingClientRect().top,
      bottom: figure.getBoundingClientRect().bottom,
      height: innerHeight,
    })),
  );
  return raw.map(({ said, top, bottom, height }) => ({
    metric: said["data-metric"] ?? "",
    points: Number(said["data-points"]),
    series: Number(said["data-series"]),
    gaps: Number(said["data-gaps"]),
    stepMs: Number(said["data-step"]),
    fromMs: Number(said["data-from"]),
    toMs: Number(said["data-to"]),
    isVisible: bottom > 0 && top < height,
  }));
}

export async function readChart(page: Page, metric: string): Promise<ChartState | undefined> {
  return (await readCharts(page)).find((chart) => chart.metric === metric);
}

export const chart = (page: Page, metric: string) => page.locator(`figure[data-metric="${metric}"]`);
export const badge = (page: Page) => page.getByTestId("connection");

/** Waits until the connection is as said. */
export async function untilState(page: Page, state: string, timeout = 25_000): Promise<void> {
  await page.locator(`[data-testid=connection][data-state="${state}"]`).waitFor({ timeout });
}

/** Brings a chart into view, and waits until it has drawn at least so many points. */
export async function untilDrawn(page: Page, metric: string, points = 2, timeout = 25_000): Promise<void> {
  await chart(page, metric).scrollIntoViewIfNeeded({ timeout });
  await page.waitForFunction(
    ([name, least]) => {
      const figure = document.querySelector(`figure[data-metric="${name}"]`);
      return Number(figure?.getAttribute("data-points") ?? 0) >= Number(least);
    },
    [metric, points] as const,
    { timeout },
  );
}

/** Drags over a plot from one share of its width to another. */
export async function drag(page: Page, metric: string, from: number, to: number): Promise<void> {
  const box = await chart(page, metric).locator(".u-over").boundingBox();
  if (box === null) throw new Error(`${metric} has no plot`);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * (from + to)) / 2, y, { steps: 3 });
  await page.mouse.move(box.x + box.width * to, y, { steps: 3 });
  await page.mouse.up();
}

/** Waits until what a chart says of itself is so. */
export async function untilChart(
  page: Page,
  metric: string,
  what: string,
  holds: (chart: ChartState) => boolean,
  timeoutMs = 20_000,
): Promise<ChartState> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const state = await readChart(page, metric);
    if (state !== undefined && holds(state)) return state;
    if (performance.now() > endMs) throw new Error(`${metric}: ${what}; ${JSON.stringify(state)}`);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
}
