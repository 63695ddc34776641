import {
  type Block,
  decodeBlock,
  decodeNumber,
  decodeSeriesInfo,
  type EventsMessage,
  type FrameMessage,
  type QualityMessage,
  type SeriesInfo,
  type ServerMessage,
  type StaleCause,
  type SubscribedItem,
  slotCount,
  type WireValue,
} from "@metricast/protocol";

/** A series as a view shows it now. */
export interface WireSeriesState {
  readonly info: SeriesInfo;
  /** One number, or for a histogram its slots; undefined while absent. */
  slots: number[] | undefined;
  stale: StaleCause | undefined;
}

/** `name{label="value"}`, labels by name. */
export function seriesKey({ name, labels }: Pick<SeriesInfo, "name" | "labels">): string {
  const inner = Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${value}"`);
  return inner.length === 0 ? name : `${name}{${inner.join(",")}}`;
}

/** One subscription as a client sees it: applies frames and notes every break of the rules. Knows only the wire. */
export class WireView {
  readonly subscribed: SubscribedItem;
  readonly frames: FrameMessage[] = [];
  readonly blocks: Block[] = [];
  readonly qualities: QualityMessage[] = [];
  readonly events: EventsMessage["items"][number][] = [];
  /** What the protocol forbids: a frame that does not follow, an id that is not known. */
  readonly faults: string[] = [];
  /** Called after a frame was applied. */
  onFrame: ((frame: FrameMessage) => void) | undefined;
  tick: number | undefined;
  /** Last position given, brought up to the last frame's tick. */
  position: string;
  #series: WireSeriesState[] = [];

  constructor(subscribed: SubscribedItem) {
    this.subscribed = subscribed;
    this.position = subscribed.position;
  }

  get number(): number {
    return this.subscribed.view;
  }

  get series(): readonly WireSeriesState[] {
    return this.#series;
  }

  state(key: string): WireSeriesState | undefined {
    return this.#series.find(({ info }) => seriesKey(info) === key);
  }

  /** The newest value of a gauge or a counter; undefined while absent or not known. */
  value(key: string): number | undefined {
    return this.state(key)?.slots?.[0];
  }

  take(message: ServerMessage): void {
    if (message.type === "frame") this.#apply(message);
    else if (message.type === "block") this.blocks.push(decodeBlock(message, (id) => this.#series[id]?.info));
    else if (message.type === "quality") this.qualities.push(message);
    else if (message.type === "events") {
      this.events.push(...message.items);
      this.position = message.position;
    }
  }

  #apply(frame: FrameMessage): void {
    if (frame.prev === undefined) this.#series = [];
    else if (frame.prev !== this.tick)
      this.faults.push(`frame ${frame.tick} follows ${frame.prev}, not ${this.tick}`);
    for (const wire of frame.series ?? []) {
      this.#series.push({ info: decodeSeriesInfo(wire), slots: undefined, stale: undefined });
    }
    let id = 0;
    for (const [index, gap] of frame.i.entries()) {
      id += gap;
      this.#set(id, frame.v[index]);
    }
    if (frame.i.length !== frame.v.length)
      this.faults.push(`frame ${frame.tick}: ids and values differ in number`);
    this.tick = frame.tick;
    this.position = frame.position ?? this.position.replace(/[^.]*$/, String(frame.tick));
    this.frames.push(frame);
    this.onFrame?.(frame);
  }

  #set(id: number, value: WireValue | undefined): void {
    const series = this.#series[id];
    if (series === undefined || value === undefined) {
      this.faults.push(`no series or no value for id ${id}`);
      return;
    }
    series.stale = undefined;
    if (value === null) series.slots = undefined;
    else if (typeof value === "object" && "stale" in value) series.stale = value.stale;
    else if (Array.isArray(value)) this.#setSlots(series, value);
    else series.slots = [decodeNumber(value) ?? Number.NaN];
  }

  /** A histogram's changed slots; of a gauge or counter over several ticks the last value comes first. */
  #setSlots(series: WireSeriesState, flat: readonly unknown[]): void {
    if (series.info.kind !== "histogram") {
      series.slots = [decodeNumber(flat[0]) ?? Number.NaN];
      return;
    }
    series.slots ??= new Array<number>(slotCount(series.info)).fill(0);
    for (let at = 0; at + 1 < flat.length; at += 2) {
      series.slots[Number(flat[at])] = decodeNumber(flat[at + 1]) ?? Number.NaN;
    }
  }
}
