import { type BitWriter, type Mask, TickWriter } from "@metricast/protocol";
import { type Batch, type Columns, seriesState } from "../contracts/feed.js";
import type { BinaryTokens } from "./tokens.js";

/** Tokens of a channel at its own interval, as bits. It has to be given every batch: each is told by its difference. */
export class BinaryTickTokens implements BinaryTokens {
  readonly stepTicks = 1;
  readonly #writer = new TickWriter();
  #tick: number | undefined;
  #prev: number | undefined;

  get tick(): number | undefined {
    return this.#tick;
  }
  get prev(): number | undefined {
    return this.#prev;
  }
  get seriesCount(): number {
    return this.#writer.seriesCount;
  }

  get bytes(): number {
    return this.#writer.bytes;
  }

  advance(batch: Batch): void {
    const { columns } = batch;
    // What was before the first batch is not known here: everything that is there is new.
    const changed = this.#tick === undefined ? present(columns) : batch.changed;
    for (let index = this.seriesCount; index < columns.series.length; index++) {
      this.#writer.add(columns.series[index]?.width ?? 1);
    }
    this.#writer.advance(changed, columns);
    this.#tick = batch.tick;
    this.#prev = batch.prev;
  }

  writeFrame(out: BitWriter, mask: Mask): void {
    this.#writer.writeFrame(out, mask);
  }

  writeState(out: BitWriter, mask: Mask): void {
    this.#writer.writeState(out, mask);
  }
}

function present({ series, states }: Columns): number[] {
  return series.filter(({ index }) => states[index] !== seriesState.absent).map(({ index }) => index);
}
