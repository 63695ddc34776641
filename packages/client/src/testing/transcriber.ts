import {
  BitWriter,
  BlockWriter,
  binaryKinds,
  compactDictionary,
  decodeBlock,
  decodeNumber,
  decodeSeriesInfo,
  type FrameMessage,
  frameSlots,
  Mask,
  type SeriesInfo,
  type ServerMessage,
  type StaleCause,
  type SubscribedItem,
  TickWriter,
  type WireSeries,
  type WireValue,
  writeHead,
} from "@metricast/protocol";

type Block = Extract<ServerMessage, { type: "block" }>;

/** Says in bits what a scripted server says as JSON, as a server's own writers would; for one connection. */
export class Transcriber {
  readonly #steps = new Map<number, number>();
  readonly #views = new Map<number, TranscribedView>();

  /** Undefined for what stays text: other messages, and frames and blocks that no writer would write. */
  bytesOf(message: object): ArrayBuffer | undefined {
    const said = message as ServerMessage;
    if (said.type === "subscribed") for (const item of said.items) this.#watch(item);
    if (said.type === "block") return exact(this.#views.get(said.view)?.block(said));
    if (said.type !== "frame") return undefined;
    if (said.prev === undefined)
      this.#views.set(said.view, new TranscribedView(this.#steps.get(said.view) ?? 1));
    return exact(this.#views.get(said.view)?.frame(said));
  }

  #watch({ view, stepTicks = 1 }: SubscribedItem): void {
    this.#steps.set(view, stepTicks);
  }
}

/** One view from a keyframe on. */
class TranscribedView {
  readonly #stepTicks: number;
  readonly #writer = new TickWriter();
  readonly #blocks = new BlockWriter();
  readonly #series: TranscribedSeries[] = [];

  constructor(stepTicks: number) {
    this.#stepTicks = stepTicks;
  }

  frame(frame: FrameMessage): Uint8Array | undefined {
    const { view, tick, prev, series, i, v, ...head } = frame;
    const named = i?.map((_, k) => i.slice(0, k + 1).reduce((sum, distance) => sum + distance, 0));
    for (const entry of series ?? []) this.#add(entry);
    if (!named?.every((id) => this.#series[id]) || tick <= (prev ?? -1)) return undefined;
    named.forEach((id, k) => {
      this.#series[id]?.take(v[k] ?? null);
    });
    this.#advance(prev === undefined ? [...this.#series.keys()] : named);
    const out = new BitWriter();
    const said = { ...withoutType(head), ...(series && { series: compactDictionary(series) }) };
    if (prev === undefined) {
      writeHead(out, binaryKinds.keyframe, view, { tick, ...said });
      this.#writer.writeState(out, this.#mask());
    } else {
      writeHead(out, binaryKinds.frame, view, Object.keys(said).length > 0 ? said : undefined);
      out.bits(prev % 0x1_0000, 16);
      out.varint(tick - prev);
      this.#writer.writeFrame(out, this.#mask());
    }
    return out.toBytes();
  }

  block(message: Block): Uint8Array | undefined {
    const block = decodeBlock(message, (id) => this.#series[id]?.info);
    if (block.toTick !== message.to || block.series.length !== message.series.length) return undefined;
    const idOf = (one: (typeof block.series)[number]) => message.series[block.series.indexOf(one)]?.id ?? -1;
    return this.#blocks.message(block, message, idOf);
  }

  #add(entry: WireSeries): void {
    const series = new TranscribedSeries(entry, this.#stepTicks);
    this.#series.push(series);
    this.#writer.add(series.slots.length);
  }

  #advance(changed: readonly number[]): void {
    this.#writer.advance(changed, {
      values: Float64Array.from(this.#series.flatMap(({ slots }) => slots)),
      states: Uint8Array.from(this.#series, ({ state }) => state),
      staleCause: (index) => this.#series[index]?.cause,
    });
  }

  #mask(): Mask {
    return Mask.of(this.#series.keys());
  }
}

const states = { absent: 0, live: 1, stale: 2 } as const;

/** A series as a writer has it: its slots, and what it is. */
class TranscribedSeries {
  readonly info: SeriesInfo;
  readonly slots: number[];
  state: number = states.absent;
  cause: StaleCause | undefined;
  readonly #stepTicks: number;

  constructor(entry: WireSeries, stepTicks: number) {
    this.info = decodeSeriesInfo(entry);
    this.slots = Array.from({ length: frameSlots(this.info, stepTicks) }, () => 0);
    this.#stepTicks = stepTicks;
  }

  take(value: WireValue): void {
    this.state = value === null ? states.absent : states.live;
    this.cause = undefined;
    if (value === null) return;
    if (typeof value !== "object") this.#put(this.#constant(numberOf(value)));
    else if ("stale" in value) {
      this.state = states.stale;
      this.cause = value.stale;
    } else if ("slots" in value) this.#put([...oddOf(value.slots), ...oddOf(value.increase)]);
    else if (this.info.kind === "histogram") this.#putPairs(value.map(numberOf));
    else this.#put(this.#point(value.map(numberOf)));
  }

  #put(slots: readonly number[]): void {
    this.slots.splice(0, this.slots.length, ...slots);
  }

  #putPairs(pairs: readonly number[]): void {
    for (let k = 0; k < pairs.length; k += 2) this.slots[pairs[k] ?? 0] = pairs[k + 1] ?? Number.NaN;
  }

  #constant(value: number): number[] {
    const steps = this.#stepTicks;
    return steps === 1 ? [value] : [value, value, value, steps, value * steps];
  }

  #point([last = 0, second = 0, max = 0, sum = 0, count = 0]: readonly number[]): number[] {
    return this.info.kind === "gauge" ? [last, second, max, count, sum] : [last, second];
  }
}

function withoutType<Head extends { readonly type: unknown }>({
  type: _,
  ...head
}: Head): Omit<Head, "type"> {
  return head;
}

function numberOf(value: unknown): number {
  return decodeNumber(value) ?? Number.NaN;
}

function oddOf(flat: readonly unknown[]): number[] {
  return flat.filter((_, at) => at % 2 === 1).map(numberOf);
}

/** As a socket gives it: a buffer of its own. */
function exact(bytes: Uint8Array | undefined): ArrayBuffer | undefined {
  return bytes && new Uint8Array(bytes).buffer;
}
