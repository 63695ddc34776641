import type { StaleCause } from "../wire-values.js";
import { copied } from "./copied.js";
import { Expectations } from "./expectations.js";
import { Slots, slotBytes } from "./slots.js";

/** As feed states are: what a series is at a tick. */
export const wireState = { absent: 0, live: 1, stale: 2 } as const;

const causes: readonly StaleCause[] = ["failed", "timeout", "garbage", "limit"];

/** What both sides remember of a view's or a channel's series. */
export class SeriesStates {
  readonly slots = new Slots();
  states = new Uint8Array(0);
  /** Index into the table of causes, of a series that is stale. */
  causes = new Uint8Array(0);
  readonly expectations = new Expectations();
  readonly firstSlots: number[] = [];
  readonly widths: number[] = [];
  #slotCount = 0;

  get count(): number {
    return this.widths.length;
  }

  add(width: number): void {
    const index = this.widths.push(width) - 1;
    this.firstSlots.push(this.#slotCount);
    this.slots.grow(this.#slotCount + width);
    this.#slotCount += width;
    this.expectations.grow(index + 1);
    if (index >= this.states.length) this.#grow(index + 1);
    this.states[index] = wireState.absent;
  }

  get bytes(): number {
    return (
      this.slots.values.length * slotBytes +
      this.states.length * 2 +
      this.widths.length * 16 +
      this.expectations.bytes
    );
  }

  #grow(count: number): void {
    const room = Math.max(count, this.states.length * 2);
    this.states = copied(this.states, new Uint8Array(room));
    this.causes = copied(this.causes, new Uint8Array(room));
  }
}

export function causeIndex(cause: StaleCause | undefined): number {
  return Math.max(0, causes.indexOf(cause ?? "failed"));
}

export function causeAt(index: number): StaleCause {
  return causes[index] ?? "failed";
}
