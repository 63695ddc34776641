import type { SeriesInfo } from "../series.js";
import type { FrameMessage } from "../server-messages.js";
import type { WireValue } from "../wire-values.js";
import { readList } from "./bit-list.js";
import type { BitReader } from "./bit-reader.js";
import { expandDictionary } from "./dictionary.js";
import { type BinaryMessage, binaryKinds } from "./message.js";
import { NumberReader } from "./number-reader.js";
import { causeAt, SeriesStates, wireState } from "./series-states.js";
import { StateReader } from "./state-reader.js";
import { frameSlots } from "./step-slots.js";

type Kind = SeriesInfo["kind"];

/** A dictionary of a few bytes may repeat a histogram of many bounds: not more slots than this. */
const maxSlots = 2 ** 21;
const unknownTick = -1;

/**
 * Reads the frames of one view, one after the other, as the same messages that the JSON protocol has. Throws for a
 * message that is none; after that only a keyframe can be read.
 */
export class BinaryFrameReader {
  readonly #stepTicks: number;
  readonly #series = new SeriesStates();
  readonly #numbers = new NumberReader(this.#series.slots);
  readonly #states = new StateReader(this.#series, this.#numbers);
  readonly #kinds: Kind[] = [];
  readonly #changed: number[] = [];
  #tick = Number.NaN;

  constructor(stepTicks: number) {
    this.#stepTicks = stepTicks;
  }

  read(message: BinaryMessage): FrameMessage {
    const isKeyframe = message.kind === binaryKinds.keyframe;
    const before = this.#tick;
    this.#tick = Number.NaN;
    const frame = isKeyframe ? this.#keyframe(message) : this.#chain(message, before);
    if (message.body.isOver) throw new TypeError();
    // A frame that does not follow says nothing.
    if (frame.prev !== unknownTick) this.#tick = frame.tick;
    return frame;
  }

  #keyframe({ view, head, body }: BinaryMessage): FrameMessage {
    const { tick = Number.NaN, series: entries = [], ...rest } = head;
    this.#series.clear();
    this.#kinds.length = 0;
    const series = this.#add(entries);
    this.#states.read(body);
    const i = series.map((_, id) => (id === 0 ? 0 : 1));
    const v = series.map((_, id) => this.#whole(id));
    return { type: "frame", view, tick, ...rest, series, i, v };
  }

  #chain({ view, head, body }: BinaryMessage, before: number): FrameMessage {
    const low = body.bits(16);
    // The rest of the tick before is known to whoever can read the frame at all.
    const prev = before % 0x1_0000 === low ? before : unknownTick;
    const tick = prev + body.varint();
    const { series: entries, ...rest } = head;
    const i: number[] = [];
    const v: WireValue[] = [];
    const frame = { type: "frame" as const, view, tick, prev, ...rest, i, v };
    if (prev === unknownTick) return frame;
    const series = entries && this.#add(entries);
    this.#changes(body, i, v);
    return series ? { ...frame, series } : frame;
  }

  #add(entries: NonNullable<FrameMessage["series"]>): NonNullable<FrameMessage["series"]> {
    const series = expandDictionary(entries);
    for (const { kind = "gauge", bounds = [] } of series) {
      const width = frameSlots({ kind, bounds }, this.#stepTicks);
      if (!Array.isArray(bounds) || this.#series.slotCount + width > maxSlots) throw new TypeError();
      this.#kinds.push(kind);
      this.#series.add(width);
    }
    return series;
  }

  #changes(body: BitReader, i: number[], v: WireValue[]): void {
    const { states, widths, firstSlots, expectations, count } = this.#series;
    const turned = body.bits(1) === 1 ? readList(body, count) : [];
    const back = turned.filter((id) => states[id] !== wireState.live);
    for (const id of turned) this.#states.readStateOf(body, id);
    const ids = this.#changed;
    expectations.changes(readList(body, count), ids);
    let named = 0;
    let next = 0;
    for (let at = 0; at < ids.length; at += 1) {
      const id = ids[at] ?? 0;
      while (next < back.length && (back[next] ?? 0) < id) next += 1;
      i.push(id - named);
      // Nearly all are numbers of series that go on.
      const isPlain = states[id] === wireState.live && widths[id] === 1 && back[next] !== id;
      if (isPlain) v.push(this.#numbers.read(body, firstSlots[id] ?? 0, false));
      else v.push(this.#value(body, id, back[next] === id));
      named = id;
    }
  }

  #value(body: BitReader, id: number, isBack: boolean): WireValue {
    const { states, widths, firstSlots, slots } = this.#series;
    if (states[id] !== wireState.live) return this.#whole(id);
    const slot = firstSlots[id] ?? 0;
    const width = widths[id] ?? 1;
    if (width > 1) return this.#many(body, id, slot, width, isBack);
    if (isBack && body.bits(1) === 1) return slots.values[slot] ?? 0;
    return this.#numbers.read(body, slot, false);
  }

  #many(body: BitReader, id: number, first: number, width: number, isBack: boolean): WireValue {
    const last = width - 1;
    const movesLast = body.bits(1) === 1;
    const pairs: number[] = [];
    const take = (at: number) => pairs.push(at, this.#numbers.read(body, first + at, false));
    for (let at = -1; at < last - 1; ) {
      const distance = body.golomb(0);
      if (distance === 0) break;
      at += distance;
      if (at >= last) throw new TypeError();
      take(at);
    }
    if (movesLast) take(last);
    return this.#stepTicks > 1 || isBack ? this.#whole(id) : pairs;
  }

  /** All that a series has, as a keyframe names it. */
  #whole(id: number): WireValue {
    const { states, causes, widths, firstSlots, slots } = this.#series;
    if (states[id] === wireState.stale) return { stale: causeAt(causes[id] ?? 0) };
    if (states[id] === wireState.absent) return null;
    const first = firstSlots[id] ?? 0;
    const values = Array.from(slots.values.subarray(first, first + (widths[id] ?? 1)));
    const kind = this.#kinds[id];
    if (this.#stepTicks > 1) return point(values, kind);
    return kind === "histogram" ? values.flatMap((value, slot) => [slot, value]) : (values[0] ?? 0);
  }
}

/** A point of several ticks from its slots. */
function point(values: readonly number[], kind: Kind | undefined): WireValue {
  if (kind === "gauge") {
    const [last = 0, min = 0, max = 0, count = 0, sum = 0] = values;
    return [last, min, max, sum, count];
  }
  const slots = values.length / 2;
  const increases = values.slice(slots).map((increase) => (Number.isNaN(increase) ? null : increase));
  if (kind === "counter") return [values[0] ?? 0, increases[0] ?? null];
  const pairs = (list: readonly (number | null)[]) => list.flatMap((value, slot) => [slot, value]);
  return { slots: pairs(values.slice(0, slots)).map(Number), increase: pairs(increases) };
}
