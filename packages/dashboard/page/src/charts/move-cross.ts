import type { Signal } from "@preact/signals";
import { formatValue } from "../data/units.js";
import type { Page } from "../shell/page.js";
import type { ChartController } from "./chart-controller.js";
import { rowAt } from "./row-at.js";
import { timeText } from "./times.js";

interface Move {
  readonly key: string;
  readonly chart: ChartController;
  readonly page: Page;
  /** What a screen reader is to say. */
  readonly say: Signal<string>;
}

const steps: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 };

/** Arrow keys move the cross from point to point; what is there is said. Enter makes the chart larger or smaller. */
export function moveCross({ key, chart, page, say }: Move): void {
  if (key === "Enter") {
    const { id } = chart.feed.metric;
    page.open.value = page.open.peek() === id ? "" : id;
    return;
  }
  const step = steps[key] ?? 0;
  const picture = chart.sketch.peek()?.picture;
  if (!picture) return;
  const { times } = picture;
  const here = rowAt(times, page.cursorMs.peek()) ?? times.length - 1;
  const row = Math.min(Math.max(here + step, 0), times.length - 1);
  const atMs = (times[row] ?? 0) * 1_000;
  chart.pointAt(atMs);
  const values = picture.lines.filter(({ isShown }) => isShown).slice(0, 6);
  const words = values.map((line) => `${line.name} ${formatValue(line.values[row], picture.measure)}`);
  say.value = [timeText(atMs, page.isUtc.peek()), ...words].join(", ");
}
