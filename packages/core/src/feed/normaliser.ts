import { isObject } from "./label-set.js";
import { Lineup } from "./lineup.js";
import { type Reading, ReadingDraft } from "./reading.js";
import { type KnownFamilies, SampleIntake } from "./sample-intake.js";
import { SlotBuffer } from "./slot-buffer.js";

/**
 * Turns what one source answers into readings. Throws what the answer throws while it is iterated. A reading is good
 * until the one after the next is begun: one may wait for its batch while another comes in.
 */
export class Normaliser {
  readonly #known: KnownFamilies;
  readonly #maxSamples: number;
  #lineup = new Lineup();
  #slots = new SlotBuffer();
  #spare = new SlotBuffer();

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
      if (!intake.draft.cut) throw cause;
    }
    return this.#done(intake);
  }

  #intake(): SampleIntake {
    const slots = this.#spare;
    this.#spare = this.#slots;
    this.#slots = slots;
    const draft = new ReadingDraft(this.#lineup, slots);
    return new SampleIntake({ known: this.#known, draft, maxSamples: this.#maxSamples });
  }

  #done({ draft }: SampleIntake): Reading {
    const reading = draft.done();
    this.#lineup = reading.lineup;
    return reading;
  }
}

function takeEach(samples: Iterable<unknown>, intake: SampleIntake): void {
  try {
    for (const sample of samples) if (!intake.take(sample)) break;
  } catch (cause) {
    // Leaving an iterator early asks it to clean up; what it has given is good all the same.
    if (!intake.draft.cut) throw cause;
  }
}

function takeProperties(record: Readonly<Record<string, unknown>>, intake: SampleIntake): void {
  for (const name of Object.keys(record)) if (!intake.takeProperty(record, name)) break;
}

function isIterable(answer: object): answer is Iterable<unknown> {
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
