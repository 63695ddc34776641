/** Who wrote events, and how far each is known here: by the numbers that each counts its own from 1 by. */
export interface KnownWriter {
  /** The newest number that came. */
  newest: number;
  /** Up to there some number is not here: it never came, or was trimmed before anybody asked. */
  lostThrough: number;
}

export type Vector = ReadonlyMap<string, number>;

const maxWriters = 1_000;
/** So many fit the position that a client is given. */
const maxNamed = 32;
const separator = "-";

/** All writers of one channel's events, the one that wrote last at the end. */
export class EventWriters {
  readonly #writers = new Map<string, KnownWriter>();

  get(epoch: string): KnownWriter | undefined {
    return this.#writers.get(epoch);
  }

  *[Symbol.iterator](): Iterator<[string, KnownWriter]> {
    yield* this.#writers;
  }

  /** An event comes: `known` where it was here before, `gap` where the one before it never came. */
  note(epoch: string, n: number): "next" | "known" | "gap" {
    const writer = this.#writers.get(epoch) ?? { newest: n - 1, lostThrough: n - 1 };
    if (n <= writer.newest) return "known";
    const isNext = n === writer.newest + 1;
    this.#writers.delete(epoch);
    this.#writers.set(epoch, { newest: n, lostThrough: isNext ? writer.lostThrough : n - 1 });
    const [oldest] = this.#writers.keys();
    if (this.#writers.size > maxWriters && oldest !== undefined) this.#writers.delete(oldest);
    return isNext ? "next" : "gap";
  }

  /** How far each got; of too many, those that wrote last. */
  vector(): Map<string, number> {
    return new Map([...this.#writers].slice(-maxNamed).map(([epoch, { newest }]) => [epoch, newest]));
  }
}

/** A vector as the lineage of a position names it, behind the epoch of the instance that gave it out. */
export function vectorText(epoch: string, vector: Vector): string {
  return [epoch, ...[...vector].flat()].join(separator);
}

/** Undefined for what `vectorText` never made. */
export function vectorOf(lineage: string): Vector | undefined {
  const [, ...parts] = lineage.split(separator);
  const vector = new Map<string, number>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [epoch = "", digits = ""] = [parts[at], parts[at + 1]];
    const n = Number(digits);
    if (!Number.isSafeInteger(n) || String(n) !== digits || n < 0) return undefined;
    vector.set(epoch, n);
  }
  return parts.length % 2 === 0 ? vector : undefined;
}
