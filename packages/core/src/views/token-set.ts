import type { Batch, Columns } from "../contracts/feed.js";
import { BinaryStepTokens } from "./binary-step-tokens.js";
import { BinaryTickTokens } from "./binary-tick-tokens.js";
import { JsonStepTokens } from "./json-step-tokens.js";
import { JsonTickTokens } from "./json-tick-tokens.js";
import type { ReadPoints } from "./step-point.js";
import type { BinaryTokens, JsonTokens, Tokens } from "./tokens.js";

type Advancing<T extends Tokens> = T & { advance(batch: Batch): unknown };

/** All tokens of a channel that views are made of: made when first asked for, shared by all, advanced together. */
export class TokenSet {
  readonly #columns: Columns;
  readonly #readAt: (stepTicks: number) => ReadPoints;
  readonly #json = new Map<number, Advancing<JsonTokens>>();
  readonly #binary = new Map<number, Advancing<BinaryTokens>>();
  #lastBatch: Batch | undefined;

  constructor(columns: Columns, readAt: (stepTicks: number) => ReadPoints) {
    this.#columns = columns;
    this.#readAt = readAt;
  }

  get bytes(): number {
    let bytes = 0;
    for (const tokens of this.#json.values()) bytes += tokens.bytes;
    for (const tokens of this.#binary.values()) bytes += tokens.bytes;
    return bytes;
  }

  /** Whether nothing is made of it. */
  get isIdle(): boolean {
    return this.#json.size + this.#binary.size === 0;
  }

  advance(batch: Batch): void {
    this.#lastBatch = batch;
    for (const tokens of this.#json.values()) tokens.advance(batch);
    for (const tokens of this.#binary.values()) tokens.advance(batch);
  }

  json(stepTicks: number): JsonTokens {
    return this.#take(this.#json, stepTicks, () =>
      stepTicks === 1
        ? new JsonTickTokens(this.#columns)
        : new JsonStepTokens(stepTicks, this.#columns, this.#readAt(stepTicks)),
    );
  }

  binary(stepTicks: number): BinaryTokens {
    return this.#take(this.#binary, stepTicks, () =>
      stepTicks === 1
        ? new BinaryTickTokens()
        : new BinaryStepTokens(stepTicks, this.#columns, this.#readAt(stepTicks)),
    );
  }

  /** Drops those that nobody views any more. */
  keep(used: ReadonlySet<Tokens>): void {
    for (const kept of [this.#json, this.#binary]) {
      for (const [step, tokens] of kept) if (!used.has(tokens)) kept.delete(step);
    }
  }

  #take<T extends Tokens>(known: Map<number, Advancing<T>>, stepTicks: number, make: () => Advancing<T>): T {
    const tokens = known.get(stepTicks) ?? make();
    if (!known.has(stepTicks) && this.#lastBatch) tokens.advance(this.#lastBatch);
    known.set(stepTicks, tokens);
    return tokens;
  }
}
