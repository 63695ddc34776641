import type uPlot from "uplot";
import { lineColour, type Palette } from "./palette.js";
import type { DrawnLine, Picture, Scene } from "./picture.js";

/** What is drawn beside uPlot's own lines, on its canvas. */

/** Greys out where there is nothing, and says why where there is room for it. */
export function drawVoids(u: uPlot, { voids }: Picture, { palette }: Scene): void {
  clipped(u, () => {
    for (const { fromMs, toMs, reason, isGap } of voids) {
      const left = xOf(u, fromMs);
      const width = xOf(u, toMs) - left;
      if (isGap) hatch(u, left, width, palette);
      drawReason(u, reason, left, width, palette.voidText);
    }
  });
}

/** A gap is hatched, so that it is not taken for a value of zero. */
function hatch({ ctx, bbox }: uPlot, left: number, width: number, palette: Palette): void {
  const from = Math.max(left, bbox.left);
  const to = Math.min(left + width, bbox.left + bbox.width);
  ctx.save();
  ctx.beginPath();
  ctx.rect(from, bbox.top, Math.max(1, to - from), bbox.height);
  ctx.clip();
  ctx.fillStyle = ctx.strokeStyle = palette.void;
  ctx.fillRect(from, bbox.top, Math.max(1, to - from), bbox.height);
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  const distance = 7 * devicePixelRatio;
  for (let x = from - bbox.height - (from % distance); x < to; x += distance) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}

function drawReason(u: uPlot, reason: string, left: number, width: number, colour: string): void {
  const { ctx, bbox } = u;
  ctx.fillStyle = colour;
  ctx.font = `${10 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const from = Math.max(left, bbox.left);
  const visible = Math.min(left + width, bbox.left + bbox.width) - from;
  if (ctx.measureText(reason).width + 8 < visible) {
    ctx.fillText(reason, from + visible / 2, bbox.top + bbox.height / 2);
  }
}

/** Fills between the least and the most of each point. */
export function drawBands(u: uPlot, { times, lines }: Picture, { palette }: Scene): void {
  clipped(u, () => {
    for (const line of lines)
      if (line.isShown && line.low && line.high) drawBand(u, times, line, lineColour(palette, line.colour));
  });
}

function drawBand(
  u: uPlot,
  times: readonly number[],
  { low = [], high = [] }: DrawnLine,
  colour: string,
): void {
  const { ctx } = u;
  ctx.fillStyle = colour;
  ctx.globalAlpha = 0.2;
  let start = 0;
  for (let row = 0; row <= times.length; row++) {
    if (row < times.length && typeof high[row] === "number" && typeof low[row] === "number") continue;
    if (row - start > 1) fillBetween(u, times, low, high, start, row);
    start = row + 1;
  }
  ctx.globalAlpha = 1;
}

type Column = readonly (number | null)[];

function fillBetween(
  u: uPlot,
  times: readonly number[],
  low: Column,
  high: Column,
  from: number,
  to: number,
): void {
  const { ctx } = u;
  ctx.beginPath();
  for (let row = from; row < to; row++) ctx.lineTo(secondX(u, times[row] ?? 0), yOf(u, high[row] ?? 0));
  for (let row = to - 1; row >= from; row--) ctx.lineTo(secondX(u, times[row] ?? 0), yOf(u, low[row] ?? 0));
  ctx.fill();
}

export function drawHeat(u: uPlot, { times, heat }: Picture, { palette }: Scene): void {
  if (!heat) return;
  const { ctx } = u;
  clipped(u, () => {
    ctx.fillStyle = palette.heat;
    for (const { row, bucket, share } of heat.fields) {
      const left = secondX(u, times[row - 1] ?? 0);
      const top = yOf(u, bucket + 1);
      ctx.globalAlpha = 0.08 + share * 0.92;
      ctx.fillRect(
        left,
        top,
        Math.max(1, secondX(u, times[row] ?? 0) - left),
        Math.max(1, yOf(u, bucket) - top),
      );
    }
    ctx.globalAlpha = 1;
  });
}

/** Events: a line through time and a flag at its foot. */
export function drawMarks(u: uPlot, scene: Scene): void {
  const { ctx, bbox } = u;
  const shown = scene.marks.filter(({ atMs }) => isWithin(u, atMs));
  // Many events are a row of flags; lines of all of them would hide the chart.
  const lineAlpha = Math.min(0.4, 4 / shown.length);
  const size = (shown.length > 30 ? 2 : 3.5) * devicePixelRatio;
  const bottom = bbox.top + bbox.height;
  clipped(u, () => {
    ctx.fillStyle = ctx.strokeStyle = scene.palette.event;
    ctx.lineWidth = devicePixelRatio;
    let lastX = Number.NEGATIVE_INFINITY;
    for (const { atMs } of shown) {
      const x = xOf(u, atMs);
      // Many at one pixel are one.
      if (x - lastX < 1) continue;
      lastX = x;
      ctx.globalAlpha = lineAlpha;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bottom);
      ctx.stroke();
      ctx.globalAlpha = 0.95;
      ctx.beginPath();
      ctx.moveTo(x - size, bottom);
      ctx.lineTo(x, bottom - size * 1.6);
      ctx.lineTo(x + size, bottom);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
  });
}

function isWithin({ scales }: uPlot, ms: number): boolean {
  const { min, max } = scales.x ?? {};
  return ms / 1_000 >= (min ?? 0) && ms / 1_000 <= (max ?? 0);
}

function clipped({ ctx, bbox }: uPlot, draw: () => void): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw();
  ctx.restore();
}

function xOf(u: uPlot, ms: number): number {
  return secondX(u, ms / 1_000);
}

function secondX(u: uPlot, seconds: number): number {
  return u.valToPos(seconds, "x", true);
}

function yOf(u: uPlot, value: number): number {
  return u.valToPos(value, "y", true);
}
