import uPlot from "uplot";
import { formatTicks, formatValue } from "../data/units.js";
import { axisSteps } from "../data/value-range.js";
import { drawBands, drawHeat, drawMarks, drawVoids } from "./layers.js";
import { lineColour, lineDash } from "./palette.js";
import type { Picture, Scene } from "./picture.js";

/** Where the options find what is to be drawn now. */
export interface Easel {
  readonly picture: Picture;
  readonly scene: Scene;
  onSelect(u: uPlot): void;
  onCursor(u: uPlot): void;
  onReset(): void;
}

const font = "11px system-ui, -apple-system, Segoe UI, Roboto, sans-serif";
const syncKey = "page";

/** uPlot's options for one chart. What changes with time is read from the easel when it is drawn. */
export function plotOptions(easel: Easel, width: number, height: number): uPlot.Options {
  return {
    width,
    height,
    padding: [6, 8, 0, 0],
    legend: { show: false },
    tzDate: (seconds) => {
      const date = new Date(seconds * 1_000);
      return easel.scene.isUtc ? uPlot.tzDate(date, "Etc/UTC") : date;
    },
    cursor: {
      y: false,
      points: { size: 5 },
      drag: { x: true, y: false, setScale: false, dist: 4 },
      sync: { key: syncKey, setSeries: false, scales: ["x", null] },
      bind: {
        dblclick: () => () => {
          easel.onReset();
          return null;
        },
      },
    },
    scales: {
      x: { time: true, auto: false, range: (_, min, max) => [min, max], ...spanSeconds(easel.picture) },
      y: { range: () => [...easel.picture.valueRange] },
    },
    series: [{}, ...easel.picture.lines.map((_, k) => lineOptions(easel, k))],
    axes: axes(easel),
    hooks: {
      drawAxes: [
        (u) => {
          drawVoids(u, easel.picture, easel.scene);
          drawHeat(u, easel.picture, easel.scene);
          drawBands(u, easel.picture, easel.scene);
        },
      ],
      draw: [(u) => drawMarks(u, easel.scene)],
      setSelect: [(u) => easel.onSelect(u)],
      setCursor: [(u) => easel.onCursor(u)],
    },
  };
}

export function spanSeconds({ span }: Picture): { min: number; max: number } {
  return { min: span.fromMs / 1_000, max: span.toMs / 1_000 };
}

function lineOptions(easel: Easel, k: number): uPlot.Series {
  const line = () => easel.picture.lines[k];
  const colour = () => lineColour(easel.scene.palette, line()?.colour ?? 0);
  return {
    auto: false,
    width: 1.25,
    stroke: colour,
    // A line alone is seen at a glance as an area; several would hide one another.
    ...(easel.picture.lines.length === 1 && { fill: () => `${colour()}20` }),
    dash: lineDash(line()?.colour ?? 0),
    spanGaps: false,
    points: {
      show: true,
      size: 3,
      width: 0,
      fill: colour,
      filter: lonely,
    },
  };
}

/** Points without neighbours: no line shows them. */
function lonely(u: uPlot, seriesIdx: number): number[] {
  const values = u.data[seriesIdx] ?? [];
  const alone: number[] = [];
  for (let row = 0; row < values.length; row++) {
    const isThere = typeof values[row] === "number";
    if (isThere && typeof values[row - 1] !== "number" && typeof values[row + 1] !== "number")
      alone.push(row);
  }
  return alone;
}

function axes(easel: Easel): uPlot.Axis[] {
  const common = {
    font,
    stroke: () => easel.scene.palette.axis,
    grid: { stroke: () => easel.scene.palette.grid, width: 1 },
    ticks: { show: false },
  };
  return [
    { ...common, size: 22, gap: 3, space: 58, values: timeWords },
    {
      ...common,
      // Alike on all charts, so that their times stand below each other; wider only where the words would be cut.
      size: (_, values) => Math.max(54, 14 + 6.3 * Math.max(...(values ?? []).map(({ length }) => length))),
      gap: 4,
      space: 26,
      incrs: () => (easel.picture.heat ? [1, 2, 5, 10, 20] : axisSteps(easel.picture.measure)),
      values: (_, splits) => valueWords(easel.picture, splits),
    },
  ];
}

/** A heatmap's axis has the buckets' upper bounds. */
function valueWords({ heat, measure }: Picture, splits: number[]): string[] {
  if (!heat) return formatTicks(splits, measure);
  return splits.map((split) => {
    if (split === 0) return "";
    const bound = heat.bounds[split - 1];
    return bound === undefined ? "∞" : formatValue(bound, measure);
  });
}

const second = 1;
const minute = 60;
const hour = 3_600;
const day = 86_400;

/** Hours and minutes, seconds where they are needed, the day where another begins. */
const timeWords: uPlot.Axis.Values = [
  [day, "{D} {MMM}", null, null, null, null, null, null, 1],
  [hour, "{HH}:{mm}", null, null, "\n{D} {MMM}", null, null, null, 0],
  [minute, "{HH}:{mm}", null, null, null, null, null, null, 1],
  [second, "{HH}:{mm}:{ss}", null, null, null, null, null, null, 1],
  [0.001, ":{ss}.{fff}", null, null, null, null, null, null, 1],
];
