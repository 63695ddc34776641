/** What time the charts show: the newest so long, or a range that stands still. */
export type TimeWindow =
  | { readonly mode: "live"; readonly rangeMs: number }
  | {
      readonly mode: "fixed";
      readonly fromMs: number;
      readonly toMs: number;
      /** What is gone back to. */
      readonly rangeMs: number;
      /** Held by the pause key: nothing but time passed since it was live. */
      readonly isPaused: boolean;
    };

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const minuteMs = 60_000;

/** Ranges to choose from, by the key that chooses them. */
export const ranges: readonly { readonly rangeMs: number; readonly label: string }[] = [
  { rangeMs: 5 * minuteMs, label: "5m" },
  { rangeMs: 15 * minuteMs, label: "15m" },
  { rangeMs: 30 * minuteMs, label: "30m" },
  { rangeMs: 60 * minuteMs, label: "1h" },
  { rangeMs: 3 * 60 * minuteMs, label: "3h" },
  { rangeMs: 6 * 60 * minuteMs, label: "6h" },
  { rangeMs: 12 * 60 * minuteMs, label: "12h" },
  { rangeMs: 24 * 60 * minuteMs, label: "24h" },
];

export const defaultRangeMs = 5 * minuteMs;
const longestMs = 24 * 60 * minuteMs;
const shortestMs = 5_000;

/** Rows that a chart's store has room for; what is asked live should fit into it. */
export const maxRows = 1_500;
/** The step that servers have next to the interval, about. */
const tierMs = 10_000;
const fewestTierRows = 90;

export function live(rangeMs: number): TimeWindow {
  return { mode: "live", rangeMs: bound(rangeMs, shortestMs, longestMs) };
}

export function spanOf(window: TimeWindow, edgeMs: number): Span {
  if (window.mode === "fixed") return window;
  return { fromMs: edgeMs - window.rangeMs, toMs: edgeMs };
}

export function zoomTo(window: TimeWindow, { fromMs, toMs }: Span): TimeWindow {
  const lengthMs = bound(toMs - fromMs, shortestMs, longestMs);
  const middleMs = (fromMs + toMs) / 2;
  const from = Math.round(middleMs - lengthMs / 2);
  return {
    mode: "fixed",
    fromMs: from,
    toMs: from + Math.round(lengthMs),
    rangeMs: window.rangeMs,
    isPaused: false,
  };
}

/** Moves by a part of what is shown; what would pass the newest point stays at it. */
export function pan(window: TimeWindow, share: number, edgeMs: number): TimeWindow {
  const { fromMs, toMs } = spanOf(window, edgeMs);
  const wanted = (toMs - fromMs) * share;
  const byMs = Math.min(wanted, Math.max(0, edgeMs - toMs));
  if (byMs === 0) return window;
  return zoomTo(window, { fromMs: fromMs + byMs, toMs: toMs + byMs });
}

/** Makes what is shown longer or shorter around a moment. */
export function zoomBy(window: TimeWindow, factor: number, aroundMs: number, edgeMs: number): TimeWindow {
  const { fromMs, toMs } = spanOf(window, edgeMs);
  const lengthMs = bound((toMs - fromMs) * factor, shortestMs, longestMs);
  const share = (aroundMs - fromMs) / Math.max(1, toMs - fromMs);
  const from = Math.min(aroundMs - lengthMs * share, edgeMs - lengthMs);
  return zoomTo(window, { fromMs: from, toMs: from + lengthMs });
}

export function pause(window: TimeWindow, edgeMs: number): TimeWindow {
  if (window.mode === "fixed") return { ...window, isPaused: true };
  return { mode: "fixed", ...spanOf(window, edgeMs), rangeMs: window.rangeMs, isPaused: true };
}

export function backToLive(window: TimeWindow): TimeWindow {
  return live(window.rangeMs);
}

/** How often a live chart needs a point: at its pixels' pace, and never more rows than its store has room for. */
export function everyMsFor(rangeMs: number, intervalMs: number): number {
  // Too many rows, which are asked for anew now and then, are better than the few of the next step.
  const isRaw = rangeMs / intervalMs <= maxRows || rangeMs / tierMs < fewestTierRows;
  return isRaw ? intervalMs : Math.ceil(rangeMs / maxRows);
}

/** Points of the past that a chart asks for: one per pixel. */
export function pointsFor(widthPx: number): number {
  return Math.round(bound(widthPx, 60, 1_200));
}

function bound(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}
