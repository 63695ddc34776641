import { type GaugeColumn, isGaugeColumn } from "@metricast/protocol";
import { type Series, seriesState } from "../contracts/feed.js";
import type { Piece } from "./piece.js";
import type { RawSegment } from "./raw-segment.js";
import { addGauges, gaugeColumn, lostBetween, mergeGauge } from "./rollup.js";
import type { SeriesDraft } from "./series-draft.js";
import type { CounterTotals, TierSegment } from "./tier-segment.js";

/** Merges rows into points, one series at a time; pieces come oldest first. Keeps its scratch columns between reads. */
export class PointReader {
  #states = new Uint8Array(0);
  #values = new Float64Array(0);
  #counts = new Float64Array(0);
  #gauge: GaugeColumn = gaugeColumn(0);
  #totals: CounterTotals = { last: new Float64Array(0), total: new Float64Array(0) };

  readRaw(piece: Piece<RawSegment>, series: Series, draft: SeriesDraft): void {
    const at = piece.segment.locate(series);
    if (at < 0) return;
    this.#ensureRows(piece.segment.rows);
    piece.segment.readStates(at, this.#states);
    for (const [slot, column] of draft.columns.entries()) {
      piece.segment.readSlot(at, slot, this.#values);
      if (isGaugeColumn(column)) this.#addGauges(piece, draft, column);
      else this.#addCounters(piece, at, slot, draft);
    }
    this.#countLive(piece, draft.count);
  }

  readTier(piece: Piece<TierSegment>, series: Series, draft: SeriesDraft): void {
    const at = piece.segment.locate(series);
    if (at < 0) return;
    this.#ensureRows(piece.segment.rows);
    piece.segment.readCounts(at, this.#counts);
    for (const [slot, column] of draft.columns.entries()) {
      if (isGaugeColumn(column)) this.#mergeGauges(piece, at, draft, column);
      else this.#takeTotals(piece, at, slot, draft);
    }
    const { firstRow, endRow, points } = piece;
    for (let row = firstRow; row < endRow; row += 1) draft.addCount(points[row] ?? 0, this.#counts[row] ?? 0);
  }

  #countLive({ firstRow, endRow, points }: Piece<RawSegment>, count: Float64Array): void {
    const states = this.#states;
    for (let row = firstRow; row < endRow; ) {
      const point = points[row] ?? 0;
      let live = 0;
      for (; row < endRow && points[row] === point; row += 1) if (states[row] === seriesState.live) live += 1;
      count[point] = (count[point] ?? 0) + live;
    }
  }

  #addGauges({ firstRow, endRow, points }: Piece<RawSegment>, draft: SeriesDraft, column: GaugeColumn): void {
    for (let row = firstRow; row < endRow; ) {
      const point = points[row] ?? 0;
      const first = row;
      while (row < endRow && points[row] === point) row += 1;
      addGauges(column, point, draft.count[point] === 0, this.#values, this.#states, first, row);
    }
  }

  #addCounters(piece: Piece<RawSegment>, at: number, slot: number, draft: SeriesDraft): void {
    const { segment, firstRow, endRow, points } = piece;
    const states = this.#states;
    const values = this.#values;
    let { previous, offset } = segment.before(at, slot);
    let value = Number.NaN;
    let point = -1;
    for (let row = 0; row < endRow; row += 1) {
      if (row === firstRow) draft.startFrom(slot, previous + offset);
      if (states[row] !== seriesState.live) continue;
      // A point is told once, when the next begins.
      if (row >= firstRow && point !== points[row]) {
        if (point >= 0) draft.setCounter(slot, point, value, previous + offset);
        point = points[row] ?? 0;
      }
      value = values[row] ?? Number.NaN;
      if (!Number.isFinite(value)) continue;
      offset += lostBetween(previous, value);
      previous = value;
    }
    if (point >= 0) draft.setCounter(slot, point, value, previous + offset);
  }

  #mergeGauges(piece: Piece<TierSegment>, at: number, draft: SeriesDraft, column: GaugeColumn): void {
    const { segment, firstRow, endRow, points } = piece;
    segment.readGauge(at, this.#gauge);
    let held = -1;
    for (let row = firstRow; row < endRow; row += 1) {
      if (this.#counts[row] === 0) continue;
      const point = points[row] ?? 0;
      const fresh = point !== held && draft.count[point] === 0;
      mergeGauge(column, point, fresh, this.#gauge, row);
      held = point;
    }
  }

  #takeTotals(piece: Piece<TierSegment>, at: number, slot: number, draft: SeriesDraft): void {
    const { segment, firstRow, endRow, points } = piece;
    const { last, total } = this.#totals;
    segment.readCounter(at, slot, this.#totals);
    let before = segment.totalBefore(at, slot);
    for (let row = 0; row < endRow; row += 1) {
      if (row === firstRow) draft.startFrom(slot, before);
      if (this.#counts[row] === 0) continue;
      before = total[row] ?? Number.NaN;
      if (row >= firstRow) draft.setCounter(slot, points[row] ?? 0, last[row] ?? Number.NaN, before);
    }
  }

  #ensureRows(rows: number): void {
    if (this.#states.length >= rows) return;
    this.#states = new Uint8Array(rows);
    this.#values = new Float64Array(rows);
    this.#counts = new Float64Array(rows);
    this.#gauge = gaugeColumn(rows);
    this.#totals = { last: new Float64Array(rows), total: new Float64Array(rows) };
  }
}
