import { inflateRawSync } from "node:zlib";
import {
  BinaryFrameReader,
  type BinaryMessage,
  decodeNumber,
  type FrameMessage,
  parseBinary,
  type StaleCause,
  slotCount,
  type WireSeries,
  type WireValue,
} from "@metricast/protocol";
import type { EncodedFrame } from "../../contracts/connection.js";

/** What a client knows of a series: a point of one tick, or one over a step as it came. */
export type Shown =
  | number
  | readonly number[]
  | "absent"
  | { readonly stale: StaleCause }
  | { readonly point: WireValue };

/** Applies frames as the protocol words it, and throws at whatever it does not allow. Written for clarity alone. */
export class FrameReader {
  tick: number | undefined;
  generation: number | undefined;
  dictionary: WireSeries[] = [];
  shown: Shown[] = [];
  readonly ticks: number[] = [];
  readonly #stepTicks: number;
  readonly #binary: BinaryFrameReader;

  constructor(stepTicks = 1) {
    this.#stepTicks = stepTicks;
    this.#binary = new BinaryFrameReader(stepTicks);
  }

  read(frame: EncodedFrame): FrameMessage {
    const message = frame.binary ? this.#binary.read(unpacked(frame.bytes)) : fromJson(frame.bytes);
    this.apply(message);
    return message;
  }

  apply(message: FrameMessage): void {
    const isKeyframe = message.prev === undefined;
    if (!isKeyframe && message.prev !== this.tick) throw new Error(`${message.prev} is not ${this.tick}`);
    if (isKeyframe && message.generation === undefined) throw new Error("keyframe without generation");
    if (isKeyframe) this.dictionary = [];
    if (isKeyframe) this.shown = [];
    this.dictionary.push(...(message.series ?? []));
    while (this.shown.length < this.dictionary.length) this.shown.push("absent");
    if (message.i.length !== message.v.length) throw new Error("ids and values differ in number");
    let id = 0;
    message.i.forEach((gap, k) => {
      if (k > 0 && gap < 1) throw new Error("ids do not ascend");
      id += gap;
      const series = this.dictionary[id];
      const value = message.v[k];
      if (!series || value === undefined) throw new Error(`no series ${id}`);
      this.shown[id] = this.#value(series, this.shown[id] ?? "absent", value);
    });
    this.tick = message.tick;
    this.generation = message.generation ?? this.generation;
    this.ticks.push(message.tick);
  }

  #value(series: WireSeries, before: Shown, value: WireValue): Shown {
    if (value === null) return "absent";
    if (typeof value === "object" && "stale" in value) return { stale: value.stale };
    if (this.#stepTicks > 1) return { point: value };
    if (!Array.isArray(value)) {
      const number = decodeNumber(value);
      if (number === undefined || series.kind === "histogram") throw new Error("no number");
      return number;
    }
    return slots(series, before, value);
  }
}

function fromJson(bytes: Uint8Array): FrameMessage {
  return JSON.parse(Buffer.from(bytes).toString());
}

/** A binary message with its dictionary inflated. */
function unpacked(bytes: Uint8Array): BinaryMessage {
  const message = parseBinary(bytes);
  if (!message.packed) return message;
  const series = JSON.parse(inflateRawSync(message.packed).toString());
  return { ...message, head: { ...message.head, series } };
}

/** Slots that are not named stay; where none are known all have to be. */
function slots(series: WireSeries, before: Shown, flat: readonly unknown[]): readonly number[] {
  const width = slotCount({ kind: "histogram", ...(series.bounds && { bounds: series.bounds }) });
  const known: (number | undefined)[] = Array.isArray(before) ? [...before] : Array.from({ length: width });
  for (let k = 0; k < flat.length; k += 2) known[Number(flat[k])] = decodeNumber(flat[k + 1]);
  return known.map((value) => {
    if (value === undefined) throw new Error("a slot is not known");
    return value;
  });
}
