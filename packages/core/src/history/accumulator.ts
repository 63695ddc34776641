import type { GaugeColumn } from "@metricast/protocol";
import { type Columns, seriesState } from "../contracts/feed.js";
import { grown } from "./counter-carry.js";
import type { Layout, Shape } from "./layout.js";
import { addGauge, gaugeColumn, mergeGauge } from "./rollup.js";

/** The bucket of a tier that is being filled. Counters need no cells of their own: they are read from the carry. */
export class Accumulator {
  counts = new Float64Array(0);
  gauges: GaugeColumn = gaugeColumn(0);

  static bytesFor(shape: Shape): number {
    return 8 * shape.seriesCount + 32 * shape.gaugeCount;
  }

  grow(shape: Shape): void {
    this.counts = grown(this.counts, shape.seriesCount);
    const { last, min, max, sum } = this.gauges;
    if (last.length >= shape.gaugeCount) return;
    const larger = gaugeColumn(shape.gaugeCount);
    larger.last.set(last);
    larger.min.set(min);
    larger.max.set(max);
    larger.sum.set(sum);
    this.gauges = larger;
  }

  add(columns: Columns, layout: Layout): void {
    const { values, states } = columns;
    const { counts, gauges } = this;
    const { isGauge, stateFrom, slotFrom, cellAt, seriesCount } = layout;
    for (let ordinal = 0; ordinal < seriesCount; ordinal += 1) {
      if (states[stateFrom[ordinal] ?? 0] !== seriesState.live) continue;
      const count = counts[ordinal] ?? 0;
      counts[ordinal] = count + 1;
      if (!isGauge[ordinal]) continue;
      addGauge(gauges, cellAt[ordinal] ?? 0, count === 0, values[slotFrom[ordinal] ?? 0] ?? Number.NaN);
    }
  }

  merge(later: Accumulator, layout: Layout): void {
    for (let ordinal = 0; ordinal < layout.seriesCount; ordinal += 1) {
      const more = later.counts[ordinal] ?? 0;
      if (more === 0) continue;
      const count = this.counts[ordinal] ?? 0;
      this.counts[ordinal] = count + more;
      if (!layout.isGauge[ordinal]) continue;
      const cell = layout.cellAt[ordinal] ?? 0;
      mergeGauge(this.gauges, cell, count === 0, later.gauges, cell);
    }
  }

  reset(): void {
    this.counts.fill(0);
  }

  /** The same for another layout; what that does not hold is dropped. */
  remapped(from: Layout, to: Layout, capacity: Shape): Accumulator {
    const target = new Accumulator();
    target.grow(capacity);
    for (const [ordinal, series] of to.series.entries()) {
      const source = from.ordinalOf(series);
      target.counts[ordinal] = this.counts[source] ?? 0;
      if (series.info.kind !== "gauge") continue;
      mergeGauge(target.gauges, to.cellAt[ordinal] ?? 0, true, this.gauges, from.cellAt[source] ?? 0);
    }
    return target;
  }
}
