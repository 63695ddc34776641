import type { StaleCause } from "@metricast/protocol";
import type { Batch, Columns, Series } from "../contracts/feed.js";

interface Snapshot {
  readonly tick: number;
  readonly changed: readonly number[];
  readonly values: Float64Array;
  readonly states: Uint8Array;
}

/**
 * This instance in the merge. Its columns move on at its own ticks, while a tick of all may still wait for others: so each
 * batch is copied, and its turn comes when its tick is closed.
 */
export class LocalWriter implements Columns {
  readonly name: string;
  readonly #columns: Columns;
  readonly #waiting: Snapshot[] = [];
  #values: Float64Array;
  #states: Uint8Array;

  constructor(name: string, columns: Columns) {
    this.name = name;
    this.#columns = columns;
    this.#values = columns.values.slice(0, columns.slotCount);
    this.#states = columns.states.slice(0, columns.series.length);
  }

  get series(): readonly Series[] {
    return this.#columns.series;
  }
  get slotCount(): number {
    return this.#columns.slotCount;
  }
  get values(): Float64Array {
    return this.#values;
  }
  get states(): Uint8Array {
    return this.#states;
  }

  staleCause(seriesIndex: number): StaleCause | undefined {
    return this.#columns.staleCause(seriesIndex);
  }

  take({ tick, changed, columns }: Batch): void {
    const values = columns.values.slice(0, columns.slotCount);
    const states = columns.states.slice(0, columns.series.length);
    this.#waiting.push({ tick, changed, values, states });
  }

  /** Moves on to what was at a tick. */
  readTo(tick: number, onRead: (batch: Pick<Batch, "tick" | "changed" | "columns">) => void): void {
    while (this.#hasWaiting(tick)) {
      const snapshot = this.#waiting.shift();
      if (snapshot === undefined) return;
      this.#values = snapshot.values;
      this.#states = snapshot.states;
      onRead({ tick: snapshot.tick, changed: snapshot.changed, columns: this });
    }
  }

  #hasWaiting(tick: number): boolean {
    const [first] = this.#waiting;
    return first !== undefined && first.tick <= tick;
  }
}
