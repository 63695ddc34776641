import type { ReferenceCell, ReferenceEntry, ReferenceRange, ReferenceSlot } from "../reference-timeline.js";
import type { ModelledSeries } from "./modelled-series.js";

/** One number, or a histogram's slots. */
type Cell = number | readonly number[] | "absent" | "stale";

interface Row {
  readonly tick: number;
  readonly cells: Cell[];
}

/** The log: what one writer's sources gave at every tick, and what a client must make of it. */
export class Oracle {
  readonly #series: readonly ModelledSeries[];
  readonly #rows: Row[] = [];
  readonly #byTick = new Map<number, Row>();
  readonly #born: (number | undefined)[];

  constructor(series: readonly ModelledSeries[]) {
    this.#series = series;
    this.#born = series.map(() => undefined);
  }

  get ticks(): readonly number[] {
    return this.#rows.map(({ tick }) => tick);
  }

  begin(tick: number): void {
    const before = this.#rows.at(-1);
    if (before && before.tick >= tick) throw new Error(`tick ${tick} after ${before.tick}`);
    const row = { tick, cells: this.#series.map((): Cell => "absent") };
    this.#rows.push(row);
    this.#byTick.set(tick, row);
  }

  set(tick: number, series: ModelledSeries, slots: number[] | undefined): void {
    const index = this.#series.indexOf(series);
    const row = this.#byTick.get(tick);
    if (row === undefined) throw new Error(`no tick ${tick}`);
    const [first = 0] = slots ?? [];
    row.cells[index] = slots === undefined ? "absent" : slots.length === 1 ? first : slots;
    if (slots) this.#born[index] ??= tick;
  }

  /** At the newest tick: what was known before stands, but is old. */
  setStale(series: readonly ModelledSeries[]): void {
    const row = this.#rows.at(-1);
    const before = this.#rows.at(-2);
    for (const one of series) {
      const index = this.#series.indexOf(one);
      const cell = before?.cells[index] ?? "absent";
      if (row) row.cells[index] = cell === "absent" ? "absent" : "stale";
    }
  }

  /** What is wrong with an entry of a client that selects these series; undefined where nothing is. */
  judge(entry: ReferenceEntry, selects: (series: ModelledSeries) => boolean): string | undefined {
    for (const key of entry.series.keys()) {
      if (!this.#series.some((series) => series.key === key && selects(series)))
        return `${key} is not selected`;
    }
    for (const [index, series] of this.#series.entries()) {
      if (!selects(series)) continue;
      const wrong = this.#judgeSeries(entry, entry.series.get(series.key), series, index);
      if (wrong) return `${series.key} at (${entry.from}, ${entry.to}] of a ${entry.origin}: ${wrong}`;
    }
    return undefined;
  }

  /** What was sampled in a range in which, as was said, nothing was. */
  judgeGap({ from, to }: ReferenceRange): string | undefined {
    const row = this.#rows.find(({ tick }) => tick > from && tick <= to);
    return row && `the gap (${from}, ${to}] has the tick ${row.tick}`;
  }

  #judgeSeries(
    { from, to, origin }: ReferenceEntry,
    held: ReferenceCell | undefined,
    series: ModelledSeries,
    index: number,
  ): string | undefined {
    const isState = origin !== "block" && to - from === 1;
    if (isState) return judgeState(held, this.#byTick.get(to)?.cells[index] ?? "absent");
    const points = series.slots.map((_, slot) => this.#point(index, slot, { from, to }));
    return judgePoint(held, points, series.info.kind === "gauge");
  }

  /** One point of one slot, worked out from all samples ever taken. */
  #point(index: number, slot: number, { from, to }: ReferenceRange): NaivePoint | undefined {
    // A series that appears later than its writer counts from zero.
    let before = (this.#born[index] ?? 0) > (this.#rows[0]?.tick ?? 0) ? 0 : Number.NaN;
    let point: NaivePoint | undefined;
    for (const { tick, cells } of this.#rows) {
      if (tick > to) break;
      const value = sampleOf(cells[index], slot);
      if (value === undefined) continue;
      if (tick > from) point = extended(point, value, growth(before, value));
      if (Number.isFinite(value)) before = value;
    }
    return point;
  }
}

interface NaivePoint {
  readonly count: number;
  readonly last: number;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly increase: number;
}

function sampleOf(cell: Cell | undefined, slot: number): number | undefined {
  if (cell === undefined || typeof cell === "string") return undefined;
  return typeof cell === "number" ? cell : cell[slot];
}

function growth(before: number, value: number): number {
  if (Number.isNaN(before)) return Number.NaN;
  if (!Number.isFinite(value)) return 0;
  return value < before ? value : value - before;
}

function extended(point: NaivePoint | undefined, value: number, increase: number): NaivePoint {
  if (!point) return { count: 1, last: value, min: value, max: value, sum: value, increase };
  const numbers = [point.min, point.max, value].filter((one) => !Number.isNaN(one));
  const isNumber = !Number.isNaN(value);
  return {
    count: point.count + 1,
    last: value,
    min: numbers.length > 0 ? Math.min(...numbers) : Number.NaN,
    max: numbers.length > 0 ? Math.max(...numbers) : Number.NaN,
    sum: !isNumber ? point.sum : Number.isNaN(point.min) ? value : point.sum + value,
    increase: point.increase + increase,
  };
}

function judgeState(held: ReferenceCell | undefined, cell: Cell): string | undefined {
  if (cell === "absent") return held && `${show(held)} instead of absent`;
  if (cell === "stale") return held?.kind === "stale" ? undefined : `${show(held)} instead of stale`;
  const values = typeof cell === "number" ? [cell] : cell;
  const same = held?.kind === "values" && held.values.length === values.length;
  return same && values.every((value, k) => Object.is(value, held.values[k]))
    ? undefined
    : `${show(held)} instead of ${values}`;
}

function judgePoint(
  held: ReferenceCell | undefined,
  points: readonly (NaivePoint | undefined)[],
  isGauge: boolean,
): string | undefined {
  const [first] = points;
  if (first === undefined) {
    // Who joins within a step is told of the one before it, and of a source that failed since.
    if (held === undefined || held.kind === "stale") return undefined;
    return `${show(held)} instead of absent`;
  }
  if (held?.kind !== "point") return `${show(held)} instead of ${show(first)}`;
  if (held.count !== undefined && held.count !== first.count)
    return `count ${held.count} instead of ${first.count}`;
  const wrong = points.find((point, slot) => !isSame(held.slots[slot], point, isGauge));
  return wrong && `${show(held)} instead of ${show(points)}`;
}

/** Sums of whole numbers are exact; the sign of a zero may get lost in one. */
function isSame(held: ReferenceSlot | undefined, point: NaivePoint | undefined, isGauge: boolean): boolean {
  if (held === undefined || point === undefined) return held === point;
  if (!Object.is(held.last, point.last)) return false;
  if (!isGauge) return isEqual(held.increase, point.increase);
  return isEqual(held.min, point.min) && isEqual(held.max, point.max) && isEqual(held.sum, point.sum);
}

function isEqual(a: number | undefined, b: number): boolean {
  return a === b || Object.is(a, b);
}

function show(value: unknown): string {
  return value === undefined
    ? "absent"
    : JSON.stringify(value, (_, inner) => (typeof inner === "number" ? String(inner) : inner));
}
