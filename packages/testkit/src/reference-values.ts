import type { WireBlock, WireBlockSeries, WireSeries } from "@metricast/protocol";
import type { ReferenceCell, ReferenceEntry, ReferenceRange, ReferenceSlot } from "./reference-timeline.js";
import { seriesKey } from "./wire-view.js";

/** Values of protocol version 1 read by its page alone, and strictly: what it does not allow throws a WireFault. */
export class WireFault extends Error {}

export interface ReferenceSeries {
  readonly key: string;
  readonly kind: "gauge" | "counter" | "histogram";
  readonly slots: number;
}

export function readSeries(wire: WireSeries): ReferenceSeries {
  const { name, labels = {}, kind = "gauge", bounds } = wire;
  if (typeof name !== "string" || name.length === 0 || name.length > 255) throw new WireFault("no name");
  if (kind === "histogram" && !Array.isArray(bounds)) throw new WireFault(`${name} has no bounds`);
  const slots = kind === "histogram" ? (bounds?.length ?? 0) + 2 : 1;
  return { key: seriesKey({ name, labels }), kind, slots };
}

const words: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["+Inf", Infinity],
  ["-Inf", -Infinity],
  ["-0", -0],
]);

export function readNumber(wire: unknown): number {
  const value = typeof wire === "number" ? wire : words.get(wire);
  if (value === undefined) throw new WireFault(`${JSON.stringify(wire)} is no number`);
  return value;
}

/** `null` is an increase that is not known. */
function readIncrease(wire: unknown): number {
  return wire === null ? Number.NaN : readNumber(wire);
}

function readList(wire: unknown, length?: number): readonly unknown[] {
  if (!Array.isArray(wire)) throw new WireFault(`${JSON.stringify(wire)} is no list`);
  if (length !== undefined && wire.length !== length)
    throw new WireFault(`${wire.length} instead of ${length}`);
  return wire;
}

// --- frames ---

/** What a frame says of a series; undefined: absent. A histogram's slots that it does not name are as before. */
export function readValue(
  wire: unknown,
  series: ReferenceSeries,
  slotsBefore: readonly number[],
): ReferenceCell | undefined {
  if (wire === null) return undefined;
  if (isRecord(wire) && "stale" in wire) return { kind: "stale", cause: String(wire.stale) };
  if (series.kind !== "histogram") return { kind: "values", values: [readNumber(wire)] };
  return { kind: "values", values: changedSlots(readList(wire), series, slotsBefore) };
}

function changedSlots(
  wire: readonly unknown[],
  series: ReferenceSeries,
  before: readonly number[],
): number[] {
  const slots = [...before];
  let last = -1;
  for (let at = 0; at < wire.length; at += 2) {
    const slot = readNumber(wire[at]);
    if (slot <= last || slot >= series.slots) throw new WireFault(`slot ${slot} of ${series.slots}`);
    slots[slot] = readNumber(wire[at + 1]);
    last = slot;
  }
  return slots;
}

/** What a frame of several ticks says of a series it names. */
export function readPoint(
  wire: unknown,
  series: ReferenceSeries,
  stepTicks: number,
): ReferenceCell | undefined {
  if (wire === null) return undefined;
  if (isRecord(wire) && "stale" in wire) return { kind: "stale", cause: String(wire.stale) };
  if (series.kind === "histogram") return histogramPoint(wire, series);
  if (series.kind === "counter") {
    const [last, increase] = readList(wire, 2);
    return {
      kind: "point",
      count: undefined,
      slots: [{ last: readNumber(last), increase: readIncrease(increase) }],
    };
  }
  if (!Array.isArray(wire)) return heldPoint(readNumber(wire), stepTicks);
  const [last, min, max, sum, count] = readList(wire, 5).map(readNumber);
  return { kind: "point", count, slots: [{ last: last ?? 0, min: min ?? 0, max: max ?? 0, sum: sum ?? 0 }] };
}

/** What such a frame says of a series by not naming it. */
export function unnamedPoint(
  before: ReferenceCell | undefined,
  series: ReferenceSeries,
  stepTicks: number,
): ReferenceCell | undefined {
  if (before?.kind !== "point") return before;
  if (series.kind === "gauge") return heldPoint(before.slots[0]?.last ?? Number.NaN, stepTicks);
  return { kind: "point", count: undefined, slots: before.slots.map(({ last }) => ({ last, increase: 0 })) };
}

function heldPoint(value: number, stepTicks: number): ReferenceCell {
  const sum = value * stepTicks;
  return { kind: "point", count: stepTicks, slots: [{ last: value, min: value, max: value, sum }] };
}

function histogramPoint(wire: unknown, series: ReferenceSeries): ReferenceCell {
  if (!isRecord(wire)) throw new WireFault("no histogram's point");
  const lasts = pairs(wire.slots, series.slots);
  const increases = pairs(wire.increase, series.slots);
  const slots = lasts.map((last, slot) => ({
    last: readNumber(last),
    increase: readIncrease(increases[slot]),
  }));
  return { kind: "point", count: undefined, slots };
}

/** `[slot, value, …]` for every slot. */
function pairs(wire: unknown, slots: number): readonly unknown[] {
  const flat = readList(wire, 2 * slots);
  return Array.from({ length: slots }, (_, slot) => {
    if (flat[2 * slot] !== slot) throw new WireFault(`slot ${slot} is missing`);
    return flat[2 * slot + 1];
  });
}

// --- blocks ---

/** A block's points as entries, and its gaps as entries that hold nothing. */
export function readBlock(
  block: WireBlock,
  infoOf: (id: number) => ReferenceSeries | undefined,
): readonly ReferenceEntry[] {
  const { from, to, step } = block;
  const count = Math.ceil((to - from) / step);
  const points = Array.from({ length: count }, () => new Map<string, ReferenceCell>());
  for (const one of block.series) readColumns(one, points, block, infoOf);
  return points.map((series, k) => ({
    from: from + k * step,
    to: Math.min(from + (k + 1) * step, to),
    origin: "block",
    series,
  }));
}

export function readGaps({ gaps = [] }: WireBlock): ReferenceRange[] {
  const ranges: ReferenceRange[] = [];
  for (let at = 0; at < gaps.length; at += 2) {
    const range = { from: readNumber(gaps[at]), to: readNumber(gaps[at + 1]) };
    if (range.from >= range.to) throw new WireFault("an empty gap");
    ranges.push(range);
  }
  return ranges;
}

function readColumns(
  wire: WireBlockSeries,
  points: readonly Map<string, ReferenceCell>[],
  { from, to, step }: WireBlock,
  infoOf: (id: number) => ReferenceSeries | undefined,
): void {
  const series = wire.series ? readSeries(wire.series) : infoOf(wire.id ?? -1);
  if (series === undefined) throw new WireFault(`no series of id ${wire.id}`);
  const isHistogram = series.kind === "histogram";
  const lasts = isHistogram ? readList(wire.last, series.slots) : [wire.last];
  const columns = lasts.map((last) => readList(last, points.length));
  const counts = wire.count === undefined ? undefined : readList(wire.count, points.length);
  const slots = columns.map((last, slot) =>
    series.kind === "gauge"
      ? gaugePoints(wire, last)
      : counterPoints(
          isHistogram ? readList(wire.increase ?? lasts.map(() => []), series.slots)[slot] : wire.increase,
          last,
        ),
  );
  for (const [k, point] of points.entries()) {
    const isThere = columns[0]?.[k] !== null;
    if (counts && (counts[k] === 0) === isThere) throw new WireFault(`count and last differ at point ${k}`);
    if (!isThere) continue;
    if (point.has(series.key)) throw new WireFault(`${series.key} is in the block twice`);
    const whole = Math.min(step, to - from - k * step);
    const held = slots.map((column) => column[k] ?? { last: Number.NaN });
    point.set(series.key, { kind: "point", count: counts ? readNumber(counts[k]) : whole, slots: held });
  }
}

type Points = readonly (ReferenceSlot | undefined)[];

function gaugePoints({ min, max, sum }: WireBlockSeries, last: readonly unknown[]): Points {
  const given = [min, max, sum].filter((column) => column !== undefined);
  if (given.length !== 0 && given.length !== 3) throw new WireFault("some of min, max and sum");
  const columns = [min ?? last, max ?? last, sum ?? last].map((column) => readList(column, last.length));
  return last.map((value, k) => {
    if (value === null) return undefined;
    const [low = 0, high = 0, total = 0] = columns.map((column) => readNumber(column[k]));
    return { last: readNumber(value), min: low, max: high, sum: total };
  });
}

function counterPoints(sparse: unknown, last: readonly unknown[]): Points {
  const told = new Map<number, number>();
  const flat = sparse === undefined ? [] : readList(sparse);
  for (let at = 0; at < flat.length; at += 2) told.set(readNumber(flat[at]), readIncrease(flat[at + 1]));
  let before: number | undefined;
  return last.map((wire, k) => {
    if (wire === null) return undefined;
    const value = readNumber(wire);
    const grown = before === undefined ? Number.NaN : value >= before ? value - before : value;
    before = value;
    return { last: value, increase: told.get(k) ?? grown };
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
