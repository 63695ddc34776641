/**
 * Numbers what is sent and judges what each reader got: nothing may be lost, doubled, out of order, or jumped over as
 * if nothing had been there.
 */
export class Ledger {
  readonly #readers = new Map<string, LedgerReader>();
  #last = 0;

  /** The number to put into the next payload: 1, 2, 3 … */
  next(): number {
    this.#last += 1;
    return this.#last;
  }

  get last(): number {
    return this.#last;
  }

  /** A reader begins after what was sent before it came. */
  reader(name: string): LedgerReader {
    const known = this.#readers.get(name);
    if (known !== undefined) return known;
    const reader = new LedgerReader(this.#last);
    this.#readers.set(name, reader);
    return reader;
  }

  /** All readers added up. */
  verdict(): Verdict {
    const total = { received: 0, lost: 0, duplicated: 0, reordered: 0, falseContinuity: 0 };
    for (const reader of this.#readers.values()) {
      const one = reader.verdict(this.#last);
      total.received += one.received;
      total.lost += one.lost;
      total.duplicated += one.duplicated;
      total.reordered += one.reordered;
      total.falseContinuity += one.falseContinuity;
    }
    return total;
  }
}

export interface Verdict {
  readonly received: number;
  /** Never came, and no discontinuity was declared where they are missing. */
  readonly lost: number;
  /** Came again. */
  readonly duplicated: number;
  /** Came for the first time after a later one. */
  readonly reordered: number;
  /** Jumps ahead without a declared discontinuity. */
  readonly falseContinuity: number;
}

export class LedgerReader {
  readonly #start: number;
  readonly #seen = new Set<number>();
  readonly #forgiven = new Set<number>();
  #highest: number;
  #declared = false;
  #duplicated = 0;
  #reordered = 0;
  #falseContinuity = 0;

  constructor(start: number) {
    this.#start = start;
    this.#highest = start;
  }

  got(number: number): void {
    if (this.#seen.has(number)) {
      this.#duplicated += 1;
      return;
    }
    this.#seen.add(number);
    if (number < this.#highest) this.#reordered += 1;
    else this.#advance(number);
  }

  /** The reader was told that something is missing before what it gets next. */
  discontinuity(): void {
    this.#declared = true;
  }

  verdict(last: number): Verdict {
    let lost = 0;
    for (let number = this.#start + 1; number <= last; number += 1) {
      if (!this.#seen.has(number) && !this.#forgiven.has(number)) lost += 1;
    }
    return {
      received: this.#seen.size,
      lost,
      duplicated: this.#duplicated,
      reordered: this.#reordered,
      falseContinuity: this.#falseContinuity,
    };
  }

  #advance(number: number): void {
    if (number > this.#highest + 1) {
      if (!this.#declared) this.#falseContinuity += 1;
      else for (let missing = this.#highest + 1; missing < number; missing += 1) this.#forgiven.add(missing);
    }
    this.#declared = false;
    this.#highest = number;
  }
}
