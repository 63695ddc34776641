import type { StaleCause } from "../wire-values.js";
import { Expectations } from "./expectations.js";
import { Slots } from "./slots.js";

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

  get slotCount(): number {
    return this.#slotCount;
  }

  add(width: number): void {
    const index = this.widths.push(width) - 1;
    this.firstSlots.push(this.#slotCount);
    this.slots.grow(this.#slotCount + width);
    // Of a table that was cleared.
    for (let slot = this.#slotCount; slot < this.#slotCount + width; slot += 1) this.slots.reset(slot);
    this.#slotCount += width;
    this.expectations.grow(index + 1);
    if (index >= this.states.length) this.#grow(index + 1);
    this.states[index] = wireState.absent;
  }

  clear(): void {
    this.firstSlots.length = 0;
    this.widths.length = 0;
    this.#slotCount = 0;
    this.expectations.clear();
  }

  get bytes(): number {
    return (
      this.slots.values.length * Slots.bytes +
      this.states.length * 2 +
      this.widths.length * 16 +
      this.expectations.bytes
    );
  }

  #grow(count: number): void {
    const room = Math.max(count, this.states.length * 2);
    this.states = grown(this.states, room);
    this.causes = grown(this.causes, room);
  }
}

export function causeIndex(cause: StaleCause | undefined): number {
  return Math.max(0, causes.indexOf(cause ?? "failed"));
}

export function causeAt(index: number): StaleCause {
  return causes[index] ?? "failed";
}

function grown(array: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(array);
  return larger;
}
