import { decodeNumber } from "../../json-number.js";
import { slotCount } from "../../series.js";
import type { FrameMessage } from "../../server-messages.js";
import type { WireSeries, WireValue } from "../../wire-values.js";
import { BinaryFrameReader } from "../frame-reader.js";
import { parseBinary } from "../message.js";
import type { Cell } from "./wire-stage.js";

interface Held {
  readonly entry: WireSeries;
  cell: Cell;
  /** Of a histogram, kept while it is not live. */
  slots: number[];
}

/** What a client holds of a view, by the protocol's words for frames alone: nothing that the codec remembers helps it. */
export class WireModel {
  readonly #stepTicks: number;
  readonly #reader: BinaryFrameReader;
  #held: Held[] = [];
  tick = Number.NaN;
  last: FrameMessage | undefined;

  constructor(stepTicks = 1) {
    this.#stepTicks = stepTicks;
    this.#reader = new BinaryFrameReader(stepTicks);
  }

  /** The row as it stands. */
  get cells(): Cell[] {
    return this.#held.map(({ cell }) => cell);
  }

  get entries(): WireSeries[] {
    return this.#held.map(({ entry }) => entry);
  }

  take(bytes: Uint8Array): void {
    this.apply(this.#reader.read(parseBinary(bytes)));
  }

  apply(frame: FrameMessage): void {
    if (frame.prev === undefined) this.#held = [];
    else if (frame.prev !== this.tick) throw new Error(`${frame.prev} is not ${this.tick}`);
    for (const entry of frame.series ?? []) {
      const { kind = "gauge", bounds = [] } = entry;
      this.#held.push({ entry, cell: "absent", slots: Array(slotCount({ kind, bounds })).fill(0) });
    }
    let id = 0;
    frame.i.forEach((distance, at) => {
      if (at > 0 && distance < 1) throw new Error("ids do not ascend");
      id += distance;
      const held = this.#held[id];
      const value = frame.v[at];
      if (!held || value === undefined) throw new Error(`nothing at id ${id}`);
      held.cell = this.#cell(held, value);
    });
    this.tick = frame.tick;
    this.last = frame;
  }

  #cell(held: Held, value: WireValue): Cell {
    if (value === null) return "absent";
    if (typeof value === "object" && "stale" in value) return { stale: value.stale };
    if (this.#stepTicks > 1) return point(held.entry, value);
    if (!Array.isArray(value)) return [numberOf(value)];
    for (let at = 0; at < value.length; at += 2) held.slots[Number(value[at])] = numberOf(value[at + 1]);
    return [...held.slots];
  }
}

/** A point of several ticks in the order in which the codec has its slots; an unknown increase is NaN. */
function point({ kind = "gauge" }: WireSeries, value: WireValue): Cell {
  if (kind === "histogram") {
    if (value === null || typeof value !== "object" || !("slots" in value)) throw new Error("no point");
    return [...value.slots, ...value.increase].filter((_, at) => at % 2 === 1).map(numberOf);
  }
  if (!Array.isArray(value)) throw new Error("no point");
  const [last, second, ...rest] = value.map(numberOf);
  if (kind === "counter") return [last ?? 0, second ?? 0];
  const [max = 0, sum = 0, count = 0] = rest;
  return [last ?? 0, second ?? 0, max, count, sum];
}

function numberOf(value: unknown): number {
  return value === null ? Number.NaN : (decodeNumber(value) ?? Number.NaN);
}
