import { type GaugeColumn, isGaugeColumn } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import { Layout } from "./layout.js";
import { cutPiece, type Piece } from "./piece.js";
import type { PointReader } from "./point-reader.js";
import type { RawSegment } from "./raw-segment.js";
import { SeriesDraft } from "./series-draft.js";
import type { CounterTotals, TierSegment } from "./tier-segment.js";

/** Buckets over (fromTick, toTick], both multiples of the step. */
export interface BucketRange {
  readonly fromTick: number;
  readonly toTick: number;
  readonly stepTicks: number;
}

/** Buckets as they are worked out of raw rows, a series at a time. */
export class DerivedBuckets implements TierSegment {
  readonly layout: Layout;
  readonly seriesCount: number;
  readonly rows: number;
  readonly firstEnd: number;
  readonly lastEnd: number;
  readonly bytes = 0;
  readonly #stepTicks: number;
  readonly #pieces: readonly Piece<RawSegment>[];
  readonly #reader: PointReader;
  #draft: SeriesDraft | undefined;
  #at = -1;

  constructor(raw: Iterable<RawSegment>, { fromTick, toTick, stepTicks }: BucketRange, reader: PointReader) {
    const segments = [...raw];
    this.rows = (toTick - fromTick) / stepTicks;
    this.firstEnd = fromTick + stepTicks;
    this.lastEnd = toTick;
    this.#stepTicks = stepTicks;
    this.#reader = reader;
    const grid = { fromTick, stepTicks, points: this.rows };
    this.#pieces = segments.flatMap((segment) => cutPiece(segment, fromTick, toTick, grid) ?? []);
    this.layout = jointLayout(segments);
    this.seriesCount = Math.max(
      0,
      ...segments.map((one) => (one.layout === this.layout ? one.seriesCount : this.layout.seriesCount)),
    );
  }

  ends(): Float64Array {
    return Float64Array.from({ length: this.rows }, (_, row) => this.firstEnd + row * this.#stepTicks);
  }

  locate(series: Series): number {
    const ordinal = this.layout.ordinalOf(series);
    return ordinal < this.seriesCount ? ordinal : -1;
  }

  readCounts(at: number, into: Float64Array): void {
    into.set(this.#open(at).count);
  }

  readGauge(at: number, into: GaugeColumn): void {
    const [column] = this.#open(at).columns;
    if (column === undefined || !isGaugeColumn(column)) return;
    for (const name of ["last", "min", "max", "sum"] as const) into[name].set(column[name]);
  }

  readCounter(at: number, slot: number, { last, total }: CounterTotals): void {
    const column = this.#open(at).columns[slot];
    if (column === undefined || isGaugeColumn(column)) return;
    last.set(column.last);
    // Until a draft is finished it holds totals.
    total.set(column.increase);
  }

  totalBefore(at: number, slot: number): number {
    return this.#open(at).startOf(slot);
  }

  #open(at: number): SeriesDraft {
    const series = this.layout.series[at];
    if (series === undefined) throw new RangeError();
    if (this.#draft !== undefined && this.#at === at) return this.#draft;
    const draft = new SeriesDraft(series, this.rows);
    for (const piece of this.#pieces) this.#reader.readRaw(piece, series, draft);
    this.#draft = draft;
    this.#at = at;
    return draft;
  }
}

/** A layout with the series of all segments: one of theirs where it has all of them. */
function jointLayout(segments: readonly RawSegment[]): Layout {
  const newest = segments.at(-1)?.layout ?? new Layout();
  const others = new Set(segments.map(({ layout }) => layout));
  others.delete(newest);
  const missing = new Set<Series>();
  for (const { series } of others) {
    for (const one of series) if (newest.ordinalOf(one) < 0) missing.add(one);
  }
  if (missing.size === 0) return newest;
  const joint = new Layout();
  for (const one of [...newest.series, ...missing]) joint.add(one);
  return joint;
}
