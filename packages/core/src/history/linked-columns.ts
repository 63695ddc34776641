import { BitWriter, ColumnWriter } from "@metricast/protocol";
import { isExactWhole } from "./whole.js";

/** Decoding a column takes one more column for each link on the way. */
const maxLinks = 7;
const maxDistance = 2;
/** Of the length in bits before each column. */
export const lengthOrder = 5;

interface Recent {
  readonly values: Float64Array;
  count: number;
  isWhole: boolean;
  moves: number;
  links: number;
}

/**
 * Writes columns one after the other, each as it is or as its difference from one of the two before, whichever is
 * shorter: a cumulative bucket holds all that its lower neighbour holds, and a count what the last bucket does.
 */
export class LinkedColumns {
  readonly #columns = new ColumnWriter();
  readonly #recent: Recent[];
  readonly #difference: Float64Array;
  #best = new BitWriter();
  #trial = new BitWriter();
  #known = 0;

  constructor(maxCount: number) {
    this.#recent = Array.from({ length: maxDistance + 1 }, () => ({
      values: new Float64Array(maxCount),
      count: 0,
      isWhole: false,
      moves: 0,
      links: 0,
    }));
    this.#difference = new Float64Array(maxCount);
  }

  /** Columns that follow are not linked to those before. */
  begin(): void {
    this.#known = 0;
  }

  /** Where the next column's numbers go. */
  get next(): Float64Array {
    return this.#at(0).values;
  }

  write(out: BitWriter, count: number): void {
    const own = this.#at(0);
    own.count = count;
    own.moves = countMoves(own.values, count);
    own.isWhole = own.moves > 0 && areWhole(own.values, count);
    own.links = 0;
    this.#best.clear();
    this.#columns.write(this.#best, own.values, count);
    const distance = own.isWhole ? this.#link(own) : 0;
    if (distance === 0) out.bits(0, 1);
    else out.bits(1 + distance, 2);
    this.#best.settle();
    out.golomb(this.#best.bitLength, lengthOrder);
    out.copy(this.#best, 0, this.#best.bitLength);
    this.#known += 1;
  }

  #link(own: Recent): number {
    let linked = 0;
    for (let distance = 1; distance <= Math.min(maxDistance, this.#known); distance += 1) {
      const other = this.#at(distance);
      if (!other.isWhole || other.links >= maxLinks || other.count !== own.count) continue;
      for (let k = 0; k < own.count; k += 1) {
        this.#difference[k] = (own.values[k] ?? 0) - (other.values[k] ?? 0);
      }
      if (countMoves(this.#difference, own.count) > own.moves) continue;
      this.#trial.clear();
      this.#columns.write(this.#trial, this.#difference, own.count);
      if (this.#trial.bitLength >= this.#best.bitLength) continue;
      [this.#best, this.#trial] = [this.#trial, this.#best];
      own.links = other.links + 1;
      linked = distance;
    }
    return linked;
  }

  /** The column so many before the next. */
  #at(distance: number): Recent {
    const recent = this.#recent[(this.#known - distance + this.#recent.length) % this.#recent.length];
    if (recent === undefined) throw new RangeError();
    return recent;
  }
}

function countMoves(values: Float64Array, count: number): number {
  let moves = 0;
  for (let k = 1; k < count; k += 1) if (values[k] !== values[k - 1]) moves += 1;
  return moves;
}

function areWhole(values: Float64Array, count: number): boolean {
  for (let k = 0; k < count; k += 1) if (!isExactWhole(values[k])) return false;
  return true;
}
