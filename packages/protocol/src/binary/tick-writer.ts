import type { StaleCause } from "../wire-values.js";
import { writeList } from "./bit-list.js";
import { BitWriter } from "./bit-writer.js";
import { NumberWriter } from "./number-writer.js";
import { causeIndex, SeriesStates, wireState } from "./series-states.js";
import { StateWriter } from "./state-writer.js";

/** A tick as it is read: the newest values of all slots, and the state of each series. */
export interface TickValues {
  readonly values: Float64Array;
  readonly states: Uint8Array;
  staleCause(seriesIndex: number): StaleCause | undefined;
}

/** Which series a view holds. */
export interface Mask {
  /** A series' id in the view, by its index; -1 where the view does not hold it. */
  readonly ids: Int32Array;
  /** Indexes of the view's series, by id: ascending. */
  readonly members: readonly number[];
}

const noId = -1;
/** A view is looked up series by series where it has so many times fewer than there are changes. */
const fewTimes = 4;

/**
 * Encodes every changed series of a channel once a tick. The tokens stand in one run of bits; a view's frame is a mask
 * over them, and copies what lies together in one piece.
 */
export class TickWriter {
  readonly #series = new SeriesStates();
  readonly #numbers = new NumberWriter(this.#series.slots);
  readonly #tokens = new BitWriter();
  readonly #state = new StateWriter(this.#series);
  #changed: readonly number[] = [];
  /** Where the token of each changed series begins, and where the last one ends. */
  #starts = new Int32Array(64);
  /** Position among the changed, by series, plus one; 0 for those that did not change. */
  #places = new Int32Array(64);
  readonly #surprises: number[] = [];
  readonly #turned: number[] = [];
  readonly #found: number[] = [];

  get seriesCount(): number {
    return this.#series.count;
  }

  get bytes(): number {
    return this.#series.bytes + 4 * (this.#starts.length + this.#places.length);
  }

  /** The next series, of so many slots. */
  add(width: number): void {
    this.#series.add(width);
  }

  /** Slots of a series, in the order in which the values have them. */
  firstSlot(seriesIndex: number): number {
    return this.#series.firstSlots[seriesIndex] ?? 0;
  }

  /** Takes the next tick. `changed`: indexes of series whose value or state differs from the tick before, ascending. */
  advance(changed: readonly number[], tick: TickValues): void {
    for (const index of this.#changed) this.#places[index] = 0;
    this.#changed = changed;
    this.#turned.length = 0;
    this.#reserve(changed.length);
    this.#tokens.clear();
    for (let place = 0; place < changed.length; place += 1) {
      const index = changed[place] ?? 0;
      this.#starts[place] = this.#tokens.bitLength;
      this.#places[index] = place + 1;
      this.#encode(index, tick);
    }
    this.#starts[changed.length] = this.#tokens.bitLength;
    this.#tokens.settle();
    this.#series.expectations.surprises(changed, this.#surprises);
  }

  /** What a chain frame says of the tick to those who hold the one before. */
  writeFrame(out: BitWriter, mask: Mask): void {
    this.#writeTurns(out, mask);
    writeList(out, this.#idsOf(this.#surprises, mask), mask.members.length);
    if (mask.members.length * fewTimes < this.#changed.length) this.#copyFew(out, mask);
    else this.#copyRuns(out, mask);
  }

  /** Everything that a reader has to know to go on from this tick. */
  writeState(out: BitWriter, mask: Mask): void {
    this.#state.write(out, mask.members);
  }

  #encode(index: number, tick: TickValues): void {
    const { states, causes } = this.#series;
    const before = states[index] ?? wireState.absent;
    const now = tick.states[index] ?? wireState.absent;
    const cause = now === wireState.stale ? causeIndex(tick.staleCause(index)) : causes[index];
    if (now !== before || cause !== causes[index]) {
      states[index] = now;
      causes[index] = cause ?? 0;
      this.#turned.push(index);
    }
    if (now !== wireState.live) return;
    const width = this.#series.widths[index] ?? 1;
    const slot = this.#series.firstSlots[index] ?? 0;
    if (width === 1) this.#encodeOne(slot, tick.values[slot] ?? Number.NaN, before !== wireState.live);
    else this.#encodeMany(slot, width, tick.values);
  }

  #encodeOne(slot: number, value: number, isBack: boolean): void {
    if (isBack) {
      const isSame = Object.is(value, this.#series.slots.values[slot]);
      this.#tokens.bits(isSame ? 1 : 0, 1);
      if (isSame) return;
    }
    this.#numbers.write(this.#tokens, slot, value, false);
  }

  /** The last slot, a histogram's sum, nearly always moves; of the others few do. */
  #encodeMany(first: number, width: number, values: Float64Array): void {
    const known = this.#series.slots.values;
    const tokens = this.#tokens;
    const last = first + width - 1;
    const movesLast = !Object.is(values[last], known[last]);
    tokens.bits(movesLast ? 1 : 0, 1);
    let before = first - 1;
    for (let slot = first; slot < last; slot += 1) {
      const value = values[slot] ?? Number.NaN;
      if (Object.is(value, known[slot])) continue;
      tokens.golomb(slot - before, 0);
      this.#numbers.write(tokens, slot, value, false);
      before = slot;
    }
    if (before < last - 1) tokens.golomb(0, 0);
    if (movesLast) this.#numbers.write(tokens, last, values[last] ?? Number.NaN, false);
  }

  #writeTurns(out: BitWriter, mask: Mask): void {
    const turned = this.#turned.length === 0 ? [] : this.#idsOf(this.#turned, mask);
    out.bits(turned.length > 0 ? 1 : 0, 1);
    if (turned.length === 0) return;
    writeList(out, turned, mask.members.length);
    for (const id of turned) this.#state.writeStateOf(out, mask.members[id] ?? 0);
  }

  /** The list is used again: it is to be read before the next one is asked for. */
  #idsOf(indexes: readonly number[], { ids }: Mask): readonly number[] {
    const found = this.#found;
    found.length = 0;
    for (let at = 0; at < indexes.length; at += 1) {
      const id = ids[indexes[at] ?? 0] ?? noId;
      if (id !== noId) found.push(id);
    }
    return found;
  }

  #copyFew(out: BitWriter, { members }: Mask): void {
    for (const index of members) {
      const place = this.#places[index] ?? 0;
      if (place > 0) this.#copy(out, place - 1, place);
    }
  }

  #copyRuns(out: BitWriter, { ids }: Mask): void {
    const changed = this.#changed;
    let from = -1;
    for (let place = 0; place < changed.length; place += 1) {
      const isHeld = (ids[changed[place] ?? 0] ?? noId) !== noId;
      if (isHeld && from < 0) from = place;
      else if (!isHeld && from >= 0) {
        this.#copy(out, from, place);
        from = -1;
      }
    }
    if (from >= 0) this.#copy(out, from, changed.length);
  }

  #copy(out: BitWriter, fromPlace: number, toPlace: number): void {
    out.copy(this.#tokens, this.#starts[fromPlace] ?? 0, this.#starts[toPlace] ?? 0);
  }

  #reserve(changes: number): void {
    if (this.#starts.length <= changes) this.#starts = new Int32Array(changes * 2);
    if (this.#places.length >= this.#series.count) return;
    const larger = new Int32Array(this.#series.count * 2);
    larger.set(this.#places);
    this.#places = larger;
  }
}
