import { decodeSeriesInfo, encodeSeriesInfo } from "../../json-block.js";
import type { StaleCause, WireSeries } from "../../wire-values.js";
import { BitWriter } from "../bit-writer.js";
import { compactDictionary } from "../dictionary.js";
import { Mask } from "../mask.js";
import { binaryKinds, writeHead } from "../message.js";
import { wireState } from "../series-states.js";
import { frameSlots } from "../step-slots.js";
import { TickWriter } from "../tick-writer.js";

/** What a series is at a tick: its slots' numbers, or why it has none. */
export type Cell = readonly number[] | "absent" | { readonly stale: StaleCause };
export type Row = readonly Cell[];

/** A view of a stage: the ids its series have so far. */
export class StagedView extends Mask {
  readonly holds: (index: number) => boolean;
  #seen = 0;

  constructor(holds: (index: number) => boolean) {
    super();
    this.holds = holds;
  }

  /** Gives ids to series of the stage that have none yet; returns their indexes. */
  admit(count: number): number[] {
    const known = this.members.length;
    for (; this.#seen < count; this.#seen += 1) if (this.holds(this.#seen)) this.add(this.#seen);
    return this.members.slice(known);
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
