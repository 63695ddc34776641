import { isObject } from "./label-set.js";
import type { Reading } from "./reading.js";
import { type KnownFamilies, SampleIntake } from "./sample-intake.js";

/** Turns what one source answers into readings. Throws what the answer throws while it is iterated. */
export class Normaliser {
  readonly #known: KnownFamilies;
  readonly #maxSamples: number;
  #guesses: Reading["refs"] = [];

  constructor(parts: { known: KnownFamilies; maxSamples: number }) {
    this.#known = parts.known;
    this.#maxSamples = parts.maxSamples;
  }

  /** Undefined where the answer is no samples at all. */
  read(answer: unknown): Reading | undefined {
    if (!isObject(answer)) return undefined;
    const intake = this.#intake();
    if (isIterable(answer)) takeEach(answer, intake);
    else takeProperties(answer, intake);
    return this.#done(intake);
  }

  async readAsync(answer: AsyncIterable<unknown>): Promise<Reading> {
    const intake = this.#intake();
    try {
      for await (const sample of answer) if (!intake.take(sample)) break;
    } catch (cause) {
      if (!intake.reading.cut) throw cause;
    }
    return this.#done(intake);
  }

  #intake(): SampleIntake {
    return new SampleIntake({ known: this.#known, guesses: this.#guesses, maxSamples: this.#maxSamples });
  }

  #done({ reading }: SampleIntake): Reading {
    this.#guesses = reading.refs;
    return reading;
  }
}

function takeEach(samples: Iterable<unknown>, intake: SampleIntake): void {
  try {
    for (const sample of samples) if (!intake.take(sample)) break;
  } catch (cause) {
    // Leaving an iterator early asks it to clean up; what it has given is good all the same.
    if (!intake.reading.cut) throw cause;
  }
}

function takeProperties(record: Readonly<Record<string, unknown>>, intake: SampleIntake): void {
  for (const name of Object.keys(record)) if (!intake.takeProperty(record, name)) break;
}

export function isIterable(answer: object): answer is Iterable<unknown> {
  return Symbol.iterator in answer && typeof answer[Symbol.iterator] === "function";
}

export function isAsyncIterable(answer: unknown): answer is AsyncIterable<unknown> {
  return (
    isObject(answer) &&
    Symbol.asyncIterator in answer &&
    typeof Reflect.get(answer, Symbol.asyncIterator) === "function"
  );
}

export function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return isObject(answer) && "then" in answer && typeof answer.then === "function";
}
