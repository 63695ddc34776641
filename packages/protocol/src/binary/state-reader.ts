import type { BitReader } from "./bit-reader.js";
import type { NumberReader } from "./number-reader.js";
import { rawScale } from "./scale.js";
import { type SeriesStates, wireState } from "./series-states.js";
import { scaleBits, unzigzag } from "./slots.js";
import { causeBits, lengthOrder, orderOrder } from "./state-codes.js";

/** Reads all that is remembered of series, as `StateWriter` writes it. */
export class StateReader {
  readonly #series: SeriesStates;
  readonly #numbers: NumberReader;
  #scale = 0;
  #order = 0;
  #length = 0;

  constructor(series: SeriesStates, numbers: NumberReader) {
    this.#series = series;
    this.#numbers = numbers;
  }

  /** Of all series there are. */
  read(input: BitReader): void {
    const { firstSlots, widths, expectations, count } = this.#series;
    this.#scale = 0;
    this.#order = 0;
    this.#length = 0;
    for (let id = 0; id < count; id += 1) {
      this.readStateOf(input, id);
      expectations.set(id, readExpected(input));
      const first = firstSlots[id] ?? 0;
      const end = first + (widths[id] ?? 1);
      for (let slot = first; slot < end; slot += 1) if (input.bits(1) === 1) this.#readSlot(input, slot);
    }
  }

  readStateOf(input: BitReader, id: number): void {
    const { states, causes } = this.#series;
    if (input.bits(1) === 1) states[id] = wireState.live;
    else if (input.bits(1) === 0) states[id] = wireState.absent;
    else {
      states[id] = wireState.stale;
      causes[id] = input.bits(causeBits);
    }
  }

  #readSlot(input: BitReader, slot: number): void {
    const { scales, orders, wholes, values, corrections } = this.#series.slots;
    if (input.bits(1) === 1) this.#scale = input.bits(scaleBits);
    this.#order += unzigzag(input.golomb(orderOrder));
    scales[slot] = this.#scale;
    orders[slot] = this.#order;
    if (this.#scale === rawScale) {
      values[slot] = this.#numbers.literal(input);
      return;
    }
    this.#length += unzigzag(input.golomb(lengthOrder));
    wholes[slot] = unzigzag(input.wide(this.#length));
    corrections[slot] = 0;
    const value = this.#numbers.fromWhole(input, slot, this.#scale);
    values[slot] = input.bits(1) === 1 ? this.#numbers.literal(input) : value;
  }
}

function readExpected(input: BitReader): number {
  if (input.bits(1) === 0) return 0;
  return input.bits(1) === 1 ? 3 : 1 + input.bits(1);
}
