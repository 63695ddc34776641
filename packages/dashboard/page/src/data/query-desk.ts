import type { Columns, QueryBlock, QueryOptions } from "@metricast/client";
import { after } from "../clock.js";
import { columnsOf } from "./block-columns.js";

/** Points of the past of one metric. */
export interface Wish {
  readonly options: QueryOptions & { readonly from: number; readonly to: number };
  /** Numbers that one point of all its series is made of, about. */
  readonly width: number;
  done(columns: Columns): void;
  failed(error: unknown): void;
}

export type Ask = (items: readonly QueryOptions[]) => Promise<QueryBlock[]>;

/** An answer may have about 50,000 numbers; this leaves it some room. */
const mostNumbers = 40_000;
/** What one message may have. */
const mostItems = 100;
const mostLetters = 12_000;
const fewestPoints = 30;
/** Wishes within this time go together. */
const gatherMs = 60;
const retryMs = 1_500;
const mostAttempts = 4;

/** Asks for many charts' past in as few messages as may be. */
export class QueryDesk {
  readonly #ask: Ask;
  #waiting: Wish[] = [];

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  want(wish: Wish): void {
    if (this.#waiting.push(wish) === 1) after(gatherMs, () => this.#flush());
  }

  #flush(): void {
    const wishes = this.#waiting;
    this.#waiting = [];
    for (const batch of batchesOf(wishes.map(fitted))) void this.#send(batch, 1);
  }

  async #send(batch: readonly Wish[], attempt: number): Promise<void> {
    try {
      const blocks = await this.#ask(batch.map(({ options }) => options));
      for (const [k, wish] of batch.entries()) {
        const block = blocks[k];
        if (block) wish.done(columnsOf(block));
      }
    } catch (error) {
      this.#refused(batch, error, attempt);
    }
  }

  #refused(batch: readonly Wish[], error: unknown, attempt: number): void {
    const { isTemporary, isTooLarge, retryAfterMs } = reasonOf(error);
    if (attempt >= mostAttempts) for (const wish of batch) wish.failed(error);
    else if (isTemporary) after(retryAfterMs, () => void this.#send(batch, attempt + 1));
    // One that cannot be had must not take the others with it.
    else if (batch.length > 1) for (const wish of batch) void this.#send([wish], attempt + 1);
    else if (isTooLarge) void this.#send(batch.map(halved), attempt + 1);
    else for (const wish of batch) wish.failed(error);
  }
}

export function batchesOf(wishes: readonly Wish[]): Wish[][] {
  const batches: Wish[][] = [];
  let numbers = 0;
  let letters = 0;
  for (const wish of wishes) {
    numbers += numbersOf(wish);
    letters += JSON.stringify(wish.options).length;
    const batch = batches.at(-1);
    if (batch && numbers <= mostNumbers && letters <= mostLetters && batch.length < mostItems)
      batch.push(wish);
    else {
      batches.push([wish]);
      numbers = numbersOf(wish);
      letters = JSON.stringify(wish.options).length;
    }
  }
  return batches;
}

function numbersOf({ options, width }: Wish): number {
  return width * (options.points ?? 300);
}

/** As many points as one answer has room for. */
export function fitted(wish: Wish): Wish {
  const { points = 300 } = wish.options;
  const most = Math.max(fewestPoints, Math.floor(mostNumbers / Math.max(1, wish.width)));
  return points <= most ? wish : { ...wish, options: { ...wish.options, points: most } };
}

function halved(wish: Wish): Wish {
  const points = Math.max(2, Math.floor((wish.options.points ?? 300) / 2));
  return { ...wish, options: { ...wish.options, points } };
}

function reasonOf(error: unknown): { isTemporary: boolean; isTooLarge: boolean; retryAfterMs: number } {
  const read = (name: string): unknown =>
    typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
  const wait = read("retryAfterMs");
  return {
    isTemporary: read("temporary") === true,
    isTooLarge: read("code") === "too_large",
    retryAfterMs: typeof wait === "number" ? wait : retryMs,
  };
}
