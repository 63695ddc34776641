import type { StaleCause } from "../wire-values.js";
import { writeList } from "./bit-list.js";
import { BitWriter } from "./bit-writer.js";
import { type Mask, ones } from "./mask.js";
import { NumberWriter } from "./number-writer.js";
import { causeIndex, SeriesStates, wireState } from "./series-states.js";
import { StateWriter } from "./state-writer.js";

/** A tick as it is read: the newest values of all slots, and the state of each series. */
export interface TickValues {
  readonly values: Float64Array;
  readonly states: Uint8Array;
  staleCause(seriesIndex: number): StaleCause | undefined;
}

/**
 * Encodes every changed series of a channel once a tick. The tokens stand in one run of bits; a view's frame is a mask
 * over them, and copies what lies together in one piece.
 */
export class TickWriter {
  readonly #series = new SeriesStates();
  readonly #numbers = new NumberWriter(this.#series.slots);
  readonly #tokens = new BitWriter();
  readonly #state = new StateWriter(this.#series);
  /** Where the token of each series begins and ends, of those that changed. */
  #starts = new Int32Array(64);
  #ends = new Int32Array(64);
  readonly #turned: number[] = [];
  /** Of the view at hand: words in which anything is to be told, and ids. */
  #words = new Int32Array(64);
  #found = new Int32Array(64);

  get seriesCount(): number {
    return this.#series.count;
  }

  get bytes(): number {
    return this.#series.bytes + 12 * this.#starts.length + 4 * this.#words.length;
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
    this.#turned.length = 0;
    this.#reserve();
    const { states, widths, firstSlots } = this.#series;
    // Loaded once: the engine cannot know that writing a number leaves them as they are.
    const tokens = this.#tokens;
    const numbers = this.#numbers;
    const starts = this.#starts;
    const ends = this.#ends;
    const { values, states: now } = tick;
    tokens.clear();
    let start = 0;
    for (let place = 0; place < changed.length; place += 1) {
      const index = changed[place] ?? 0;
      const slot = firstSlots[index] ?? 0;
      // Nearly all are numbers of series that go on.
      const goesOn = states[index] === wireState.live && now[index] === wireState.live;
      if (goesOn && widths[index] === 1) numbers.write(tokens, slot, values[slot] ?? 0, false);
      else this.#encode(index, tick);
      starts[index] = start;
      start = tokens.bitLength;
      ends[index] = start;
    }
    tokens.settle();
    this.#series.expectations.learn(changed);
  }

  /** What a chain frame says of the tick to those who hold the one before. */
  writeFrame(out: BitWriter, mask: Mask): void {
    this.#writeTurns(out, mask);
    const words = this.#findWords(mask);
    writeList(out, this.#found, this.#findSurprises(mask, words), mask.members.length);
    this.#copyTokens(out, mask, words);
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
    const found = this.#found;
    let count = 0;
    for (const index of this.#turned) {
      const id = mask.idOf(index);
      if (id >= 0) found[count++] = id;
    }
    out.bits(count > 0 ? 1 : 0, 1);
    if (count === 0) return;
    writeList(out, found, count, mask.members.length);
    for (let at = 0; at < count; at += 1) {
      this.#state.writeStateOf(out, mask.members[found[at] ?? 0] ?? 0);
    }
  }

  /** Finds the words of a view in which a series changed, or did not as expected; returns how many they are. */
  #findWords({ bits, words }: Mask): number {
    const { surprising, changed } = this.#series.expectations;
    const found = this.#words;
    let count = 0;
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at] ?? 0;
      const told = ((surprising[word] ?? 0) | (changed[word] ?? 0)) & (bits[word] ?? 0);
      found[count] = word;
      // Nobody could predict a branch here: one more where any bit is set.
      count += (told | -told) >>> 31;
    }
    return count;
  }

  /** Finds the ids of the view's series that are not as expected; returns how many they are. */
  #findSurprises({ bits, ranks }: Mask, words: number): number {
    const { surprising } = this.#series.expectations;
    const found = this.#found;
    let count = 0;
    for (let at = 0; at < words; at += 1) {
      const word = this.#words[at] ?? 0;
      const held = bits[word] ?? 0;
      const rank = ranks[word] ?? 0;
      for (let rest = (surprising[word] ?? 0) & held; rest !== 0; rest &= rest - 1) {
        found[count++] = rank + ones(held & ((rest & -rest) - 1));
      }
    }
    return count;
  }

  /** Tokens of the series that changed; what lies together is copied in one piece. */
  #copyTokens(out: BitWriter, { bits }: Mask, words: number): void {
    const { changed } = this.#series.expectations;
    let from = 0;
    let to = 0;
    for (let at = 0; at < words; at += 1) {
      const word = this.#words[at] ?? 0;
      const all = (changed[word] ?? 0) | 0;
      for (let rest = all & (bits[word] ?? 0); rest !== 0; ) {
        // Of a word that the view holds wholly, the tokens stand one behind the other.
        const piece = rest === all ? rest : rest & -rest;
        const start = this.#starts[highestOf(word, piece & -piece)] ?? 0;
        if (start !== to) {
          if (to > from) out.copy(this.#tokens, from, to);
          from = start;
        }
        to = this.#ends[highestOf(word, piece)] ?? 0;
        rest ^= piece;
      }
    }
    if (to > from) out.copy(this.#tokens, from, to);
  }

  #reserve(): void {
    if (this.#starts.length >= this.#series.count) return;
    this.#starts = new Int32Array(this.#series.count * 2);
    this.#ends = new Int32Array(this.#series.count * 2);
    this.#found = new Int32Array(this.#series.count * 2);
    this.#words = new Int32Array(((this.#series.count * 2) >>> 5) + 1);
  }
}

/** The series of the highest bit of a word. */
function highestOf(word: number, bits: number): number {
  return word * 32 + 31 - Math.clz32(bits);
}
