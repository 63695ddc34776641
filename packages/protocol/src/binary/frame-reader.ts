import type { FrameMessage } from "../server-messages.js";
import { expandDictionary } from "./dictionary.js";
import { type BinaryMessage, binaryKinds } from "./message.js";
import { SeriesReader } from "./series-reader.js";

const unknownTick = -1;

/**
 * Reads the frames of one view, one after the other, as the same messages that the JSON protocol has. Throws for a
 * message that is none; after that only a keyframe can be read.
 */
export class BinaryFrameReader {
  readonly #stepTicks: number;
  #series: SeriesReader;
  #tick = Number.NaN;

  constructor(stepTicks: number) {
    this.#stepTicks = stepTicks;
    this.#series = new SeriesReader(stepTicks);
  }

  read(message: BinaryMessage): FrameMessage {
    const isKeyframe = message.kind === binaryKinds.keyframe;
    const before = this.#tick;
    this.#tick = Number.NaN;
    const frame = isKeyframe ? this.#keyframe(message) : this.#chain(message, before);
    if (message.body.isOver) throw new TypeError();
    // A frame that does not follow says nothing.
    if (frame.prev !== unknownTick) this.#tick = frame.tick;
    return frame;
  }

  #keyframe({ view, head, body }: BinaryMessage): FrameMessage {
    const { tick = Number.NaN, series: entries = [], ...rest } = head;
    this.#series = new SeriesReader(this.#stepTicks);
    const series = this.#add(entries);
    const v = this.#series.keyframe(body);
    return { type: "frame", view, tick, ...rest, series, i: v.map((_, id) => Math.min(1, id)), v };
  }

  #chain({ view, head, body }: BinaryMessage, before: number): FrameMessage {
    const low = body.bits(16);
    // The rest of the tick before is known to whoever can read the frame at all.
    const prev = before % 0x1_0000 === low ? before : unknownTick;
    const tick = prev + body.varint();
    const { series: entries, ...rest } = head;
    const frame = { type: "frame" as const, view, tick, prev, ...rest, i: [], v: [] };
    if (prev === unknownTick) return frame;
    const series = entries && this.#add(entries);
    this.#series.chain(body, frame.i, frame.v);
    return series ? { ...frame, series } : frame;
  }

  #add(entries: NonNullable<FrameMessage["series"]>): NonNullable<FrameMessage["series"]> {
    const series = expandDictionary(entries);
    for (const entry of series) this.#series.add(entry);
    return series;
  }
}
