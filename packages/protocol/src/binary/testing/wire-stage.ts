import { decodeSeriesInfo, encodeSeriesInfo } from "../../json-block.js";
import type { StaleCause, WireSeries } from "../../wire-values.js";
import { BitWriter } from "../bit-writer.js";
import { compactDictionary } from "../dictionary.js";
import { binaryKinds, writeHead } from "../message.js";
import { wireState } from "../series-states.js";
import { frameSlots } from "../step-slots.js";
import { type Mask, TickWriter } from "../tick-writer.js";

/** What a series is at a tick: its slots' numbers, or why it has none. */
export type Cell = readonly number[] | "absent" | { readonly stale: StaleCause };
export type Row = readonly Cell[];

/** A view of a stage: the ids its series have so far. */
export class StagedView implements Mask {
  ids = new Int32Array(0);
  bits = new Uint32Array(0);
  words: number[] = [];
  readonly members: number[] = [];
  readonly holds: (index: number) => boolean;

  constructor(holds: (index: number) => boolean) {
    this.holds = holds;
  }

  /** Gives ids to series of the stage that have none yet; returns their indexes. */
  admit(count: number): number[] {
    const known = this.ids.length;
    const added: number[] = [];
    const ids = new Int32Array(count).fill(-1);
    ids.set(this.ids);
    for (let index = known; index < count; index += 1) {
      if (!this.holds(index)) continue;
      ids[index] = this.members.push(index) - 1;
      added.push(index);
    }
    this.ids = ids;
    this.bits = new Uint32Array((count + 31) >>> 5);
    for (const index of this.members) {
      this.bits[index >>> 5] = (this.bits[index >>> 5] ?? 0) | (1 << (index & 31));
    }
    this.words = [...this.bits.keys()].filter((word) => this.bits[word] !== 0);
    return added;
  }
}

/** A channel's ticks as bits: rows of cells in, messages of any number of views out. */
export class WireStage {
  readonly #stepTicks: number;
  readonly #writer = new TickWriter();
  readonly #entries: WireSeries[] = [];
  #row: Row = [];
  #values = new Float64Array(0);
  #slots = 0;
  tick = 1_000_000;
  prev = 0;
  positionBase = "v1.0.";

  constructor(stepTicks = 1) {
    this.#stepTicks = stepTicks;
  }

  get seriesCount(): number {
    return this.#entries.length;
  }

  get writer(): TickWriter {
    return this.#writer;
  }

  add(...entries: readonly WireSeries[]): void {
    for (const entry of entries) {
      const info = decodeSeriesInfo(entry);
      const width = frameSlots(info, this.#stepTicks);
      this.#entries.push(encodeSeriesInfo(info));
      this.#writer.add(width);
      this.#slots += width;
    }
    const values = new Float64Array(this.#slots);
    values.set(this.#values);
    this.#values = values;
  }

  /** The next tick. `named`: series that are told although nothing of them moved. */
  advance(row: Row, ticks = 1, named: readonly number[] = []): void {
    const changed: number[] = [];
    const states = new Uint8Array(row.length);
    row.forEach((cell, index) => {
      states[index] = stateOf(cell);
      if (named.includes(index) || !isSame(cell, this.#row[index] ?? "absent")) changed.push(index);
      if (isLive(cell)) this.#values.set(cell, this.#writer.firstSlot(index));
    });
    const staleCause = (index: number) => causeOf(row[index]);
    this.#writer.advance(changed, { values: this.#values, states, staleCause });
    this.#row = row;
    this.prev = this.tick;
    this.tick += ticks;
  }

  frame(view: StagedView): Uint8Array {
    const out = new BitWriter();
    const added = view.admit(this.seriesCount);
    const series = compactDictionary(added.map((index) => this.#entry(index)));
    writeHead(out, binaryKinds.frame, 3, added.length > 0 ? { series } : undefined);
    out.bits(this.prev % 0x1_0000, 16);
    out.varint(this.tick - this.prev);
    this.#writer.writeFrame(out, view);
    return out.toBytes();
  }

  keyframe(view: StagedView): Uint8Array {
    const out = new BitWriter();
    view.admit(this.seriesCount);
    const series = compactDictionary(view.members.map((index) => this.#entry(index)));
    writeHead(out, binaryKinds.keyframe, 3, {
      tick: this.tick,
      generation: 1,
      position: `${this.positionBase}${this.tick}`,
      series,
    });
    this.#writer.writeState(out, view);
    return out.toBytes();
  }

  #entry(index: number): WireSeries {
    return this.#entries[index] ?? { name: "" };
  }
}

export function isLive(cell: Cell | undefined): cell is readonly number[] {
  return Array.isArray(cell);
}

function causeOf(cell: Cell | undefined): StaleCause | undefined {
  return cell === undefined || cell === "absent" || isLive(cell) ? undefined : cell.stale;
}

function stateOf(cell: Cell): number {
  if (cell === "absent") return wireState.absent;
  return isLive(cell) ? wireState.live : wireState.stale;
}

function isSame(a: Cell, b: Cell): boolean {
  if (!isLive(a) || !isLive(b)) return stateOf(a) === stateOf(b) && causeOf(a) === causeOf(b);
  return a.every((value, slot) => Object.is(value, b[slot]));
}
