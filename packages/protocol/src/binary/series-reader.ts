import type { SeriesKind } from "../series.js";
import type { WireSeries, WireValue } from "../wire-values.js";
import { readList } from "./bit-list.js";
import type { BitReader } from "./bit-reader.js";
import { NumberReader } from "./number-reader.js";
import { rawScale } from "./scale.js";
import { causeAt } from "./series-states.js";
import { Slots, scaleBits, unzigzag } from "./slots.js";
import { causeBits, lengthOrder, orderOrder } from "./state-codes.js";
import { frameSlots } from "./step-slots.js";

/** A dictionary of a few bytes may repeat a histogram of many bounds: not more slots than this. */
const maxSlots = 2 ** 21;

/** What a series is. `back`: live, and was not with the frame before; from `stale` on with a cause each. */
const absent = 0;
const live = 1;
const back = 2;
const stale = 3;

/** Reads the bodies of a view's frames: of a keyframe, then of those that follow it. */
export class SeriesReader {
  readonly #stepTicks: number;
  readonly #slots = new Slots();
  readonly #numbers = new NumberReader(this.#slots);
  readonly #kinds: SeriesKind[] = [];
  /** First slot by id, and where the last one's end. */
  readonly #firsts = [0];
  readonly #states: number[] = [];
  /** Whether a series is expected to change, from 0, surely not, to 3, surely: two bits, 32 series in a number. */
  readonly #high: number[] = [];
  readonly #low: number[] = [];

  constructor(stepTicks: number) {
    this.#stepTicks = stepTicks;
  }

  /** The next series of the dictionary; throws for what is none. */
  add({ kind = "gauge", bounds = [] }: WireSeries): void {
    const end = this.#first(this.#kinds.length) + frameSlots({ kind, bounds }, this.#stepTicks);
    if (!Array.isArray(bounds) || end > maxSlots) throw new TypeError();
    this.#slots.grow(end);
    this.#kinds.push(kind);
    this.#firsts.push(end);
    this.#states.push(absent);
  }

  /** The body of a keyframe: values of all series. */
  keyframe(body: BitReader): WireValue[] {
    const { scales, orders, values } = this.#slots;
    const numbers = this.#numbers;
    let scale = 0;
    let order = 0;
    let length = 0;
    return this.#kinds.map((_, id) => {
      this.#readState(body, id);
      this.#expect(id, body.bits(1) === 0 ? 0 : body.bits(1) === 1 ? 3 : 1 + body.bits(1));
      for (let slot = this.#first(id); slot < this.#first(id + 1); slot += 1) {
        if (body.bits(1) === 0) continue;
        if (body.bits(1) === 1) scale = body.bits(scaleBits);
        order += unzigzag(body.golomb(orderOrder));
        scales[slot] = scale;
        orders[slot] = order;
        if (scale !== rawScale) {
          length += unzigzag(body.golomb(lengthOrder));
          values[slot] = numbers.whole(body, slot, length);
        }
        if (scale === rawScale || body.bits(1) === 1) values[slot] = numbers.literal(body);
      }
      return this.#whole(id);
    });
  }

  /** The body of a chain frame: distances and values of the series that it names. */
  chain(body: BitReader, i: number[], v: WireValue[]): void {
    const count = this.#kinds.length;
    if (body.bits(1) === 1) for (const id of readList(body, count)) this.#readState(body, id);
    const surprises = readList(body, count);
    let next = 0;
    let named = 0;
    for (let word = 0; word * 32 < count; word += 1) {
      let surprising = 0;
      for (; (surprises[next] ?? -1) >>> 5 === word; next += 1) surprising |= 1 << (surprises[next] ?? 0);
      for (let rest = this.#changes(word, surprising); rest !== 0; rest &= rest - 1) {
        const id = word * 32 + 31 - Math.clz32(rest & -rest);
        i.push(id - named);
        named = id;
        const first = this.#first(id);
        // Nearly all are numbers of series that go on.
        const isPlain = this.#states[id] === live && this.#first(id + 1) === first + 1;
        if (isPlain) v.push(this.#numbers.read(body, first, false));
        else v.push(this.#value(body, id, first));
      }
    }
  }

  #first(id: number): number {
    return this.#firsts[id] ?? 0;
  }

  #readState(input: BitReader, id: number): void {
    const before = this.#states[id];
    if (input.bits(1) === 1) this.#states[id] = before === live ? live : back;
    else this.#states[id] = input.bits(1) === 1 ? stale + input.bits(causeBits) : absent;
  }

  #expect(id: number, expected: number): void {
    const word = id >>> 5;
    this.#high[word] = (this.#high[word] ?? 0) | ((expected >> 1) << id);
    this.#low[word] = (this.#low[word] ?? 0) | ((expected & 1) << id);
  }

  /** Series of a word that change, from those that are a surprise. Counts up to 3 for them, and down to 0 for others. */
  #changes(word: number, surprising: number): number {
    const high = this.#high[word] ?? 0;
    const low = this.#low[word] ?? 0;
    const changed = surprising ^ high;
    this.#high[word] = (changed & (high | low)) | (~changed & high & low);
    this.#low[word] = (changed & (high | ~low)) | (~changed & high & ~low);
    return changed;
  }

  #value(body: BitReader, id: number, first: number): WireValue {
    const state = this.#states[id];
    if (state !== live && state !== back) return this.#whole(id);
    const last = this.#first(id + 1) - 1;
    const pairs: number[] = [];
    const take = (slot: number) => pairs.push(slot - first, this.#numbers.read(body, slot, false));
    // One slot alone moves, unless a series comes back with what it had.
    const movesLast = first < last ? body.bits(1) === 1 : state === live || body.bits(1) === 0;
    for (let slot = first - 1; slot < last - 1; ) {
      const distance = body.golomb(0);
      if (distance === 0) break;
      slot += distance;
      if (slot >= last) throw new TypeError();
      take(slot);
    }
    if (movesLast) take(last);
    return first < last && state === live && this.#stepTicks === 1 ? pairs : this.#whole(id);
  }

  /** All that a series has, as a keyframe names it. */
  #whole(id: number): WireValue {
    const state = this.#states[id] ?? absent;
    if (state === absent) return null;
    if (state >= stale) return { stale: causeAt(state - stale) };
    this.#states[id] = live;
    const values = Array.from(this.#slots.values.subarray(this.#first(id), this.#first(id + 1)));
    const [last = 0, min = 0, max = 0, count = 0, sum = 0] = values;
    const kind = this.#kinds[id];
    if (this.#stepTicks === 1) return kind === "histogram" ? pairsOf(values) : last;
    if (kind === "gauge") return [last, min, max, sum, count];
    const slots = values.length / 2;
    const increases = values.slice(slots).map((increase) => (Number.isNaN(increase) ? null : increase));
    if (kind === "counter") return [last, increases[0] ?? null];
    return { slots: pairsOf(values.slice(0, slots)), increase: pairsOf(increases) };
  }
}

function pairsOf<Value>(values: readonly Value[]): (Value | number)[] {
  return values.flatMap((value, slot) => [slot, value]);
}
