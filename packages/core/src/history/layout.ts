import type { Series } from "../contracts/feed.js";

/** How many of everything a row holds. */
export interface Shape {
  readonly seriesCount: number;
  readonly slotCount: number;
  /** Slots of gauges. */
  readonly gaugeCount: number;
  /** Slots of counters and histograms. */
  readonly counterCount: number;
}

/** Consecutive places of a channel's columns that are consecutive in a row too. */
export interface Run {
  readonly source: number;
  readonly target: number;
  length: number;
}

/**
 * Which series rows hold, and at which places. It only grows, at its end: segments that were begun with fewer series
 * stay readable. Series that died are left out by making another.
 */
export class Layout implements Shape {
  readonly series: Series[] = [];
  /** Place of a series' first slot, by ordinal. */
  readonly slotAt: number[] = [];
  /** Place of a gauge among the gauges, or of a counter's first slot among the counters, by ordinal. */
  readonly cellAt: number[] = [];
  /** What else a walk of every tick asks of a series, by ordinal: so that it touches no series. */
  readonly isGauge: boolean[] = [];
  readonly widthAt: number[] = [];
  /** Where the channel's columns have its state and its first slot. */
  readonly stateFrom: number[] = [];
  readonly slotFrom: number[] = [];
  readonly slotRuns: Run[] = [];
  readonly stateRuns: Run[] = [];
  slotCount = 0;
  gaugeCount = 0;
  counterCount = 0;
  readonly #ordinals = new Map<number, number>();

  get seriesCount(): number {
    return this.series.length;
  }

  /** -1 where the series is not in it. */
  ordinalOf(series: Series): number {
    return this.#ordinals.get(series.index) ?? -1;
  }

  add(series: Series): number {
    const ordinal = this.series.length;
    this.#ordinals.set(series.index, ordinal);
    this.series.push(series);
    this.slotAt.push(this.slotCount);
    extend(this.stateRuns, series.index, ordinal, 1);
    extend(this.slotRuns, series.slot, this.slotCount, series.width);
    this.slotCount += series.width;
    const isGauge = series.info.kind === "gauge";
    this.isGauge.push(isGauge);
    this.widthAt.push(series.width);
    this.stateFrom.push(series.index);
    this.slotFrom.push(series.slot);
    if (isGauge) {
      this.cellAt.push(this.gaugeCount);
      this.gaugeCount += series.width;
    } else {
      this.cellAt.push(this.counterCount);
      this.counterCount += series.width;
    }
    return ordinal;
  }
}

/** The shape a layout will have with one more series. */
export function shapeWith(shape: Shape, series: Series): Shape {
  const gauge = series.info.kind === "gauge";
  return {
    seriesCount: shape.seriesCount + 1,
    slotCount: shape.slotCount + series.width,
    gaugeCount: shape.gaugeCount + (gauge ? series.width : 0),
    counterCount: shape.counterCount + (gauge ? 0 : series.width),
  };
}

/** Whether rows of a shape have room for another's content. */
export function fitsInto(content: Shape, room: Shape): boolean {
  return (
    content.seriesCount <= room.seriesCount &&
    content.slotCount <= room.slotCount &&
    content.gaugeCount <= room.gaugeCount &&
    content.counterCount <= room.counterCount
  );
}

export function exactShape(shape: Shape): Shape {
  const { seriesCount, slotCount, gaugeCount, counterCount } = shape;
  return { seriesCount, slotCount, gaugeCount, counterCount };
}

/** A shape with room for an eighth more, so that not every new series begins a segment. */
export function roomyShape(shape: Shape): Shape {
  return {
    seriesCount: roomy(shape.seriesCount),
    slotCount: roomy(shape.slotCount),
    gaugeCount: roomy(shape.gaugeCount),
    counterCount: roomy(shape.counterCount),
  };
}

function roomy(count: number): number {
  return count === 0 ? 0 : count + (count >> 3) + 4;
}

function extend(runs: Run[], source: number, target: number, length: number): void {
  const last = runs.at(-1);
  if (last !== undefined && last.source + last.length === source) last.length += length;
  else runs.push({ source, target, length });
}
