import { type Block, type BlockSeries, encodeBlock, encodeSeriesInfo, type Merge } from "@metricast/protocol";
import { EncodedFrame } from "../contracts/connection.js";
import type { Columns, Series } from "../contracts/feed.js";
import type { FrameLog } from "./frame-log.js";
import type { Select } from "./select.js";
import type { Tokens } from "./tokens.js";

/** What makes two subscriptions one view. */
export interface ViewKey {
  readonly channel: string;
  readonly scope: Readonly<Record<string, string>>;
  readonly select: readonly string[];
  readonly stepTicks: number;
  readonly merge: Merge;
  readonly codec: "json";
}

export interface ViewParts {
  readonly number: number;
  readonly key: ViewKey;
  readonly select: Select;
  readonly columns: Columns;
  readonly tokens: Tokens;
  readonly log: FrameLog;
  readonly positionAt: (tick: number) => string;
  readonly readBlock: (
    series: readonly Series[],
    fromTick: number,
    toTick: number,
    stepTicks: number,
  ) => Block;
}

const noId = -1;
const maxCachedBlocks = 64;

/** A selection of one channel, encoded once for everybody who watches it. */
export class View {
  readonly number: number;
  readonly key: ViewKey;
  /** Sessions' subscriptions on this view. */
  watchers = 0;
  /** When the last watcher left, on the monotonic clock. */
  idleSinceMs = 0;
  #parts: ViewParts;
  #generation = 1;
  /** Wire id of each series of the channel, by its index. */
  #ids: number[] = [];
  #members: Series[] = [];
  #keyframe: { tick: number; frame: EncodedFrame } | undefined;
  #builtTick: number | undefined;
  #blocks = new Map<string, EncodedFrame>();

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.number = parts.number;
    this.key = parts.key;
  }

  get headTick(): number | undefined {
    return this.#parts.tokens.tick;
  }
  get log(): FrameLog {
    return this.#parts.log;
  }
  get members(): readonly Series[] {
    return this.#members;
  }
  get tokens(): Tokens {
    return this.#parts.tokens;
  }

  /** Appends the chain frame of the head tick to the log, unless it is there. */
  build(): boolean {
    const { tokens, log } = this.#parts;
    const { tick, prev } = tokens;
    if (tick === undefined || tick === this.#builtTick) return false;
    this.#builtTick = tick;
    this.#blocks.clear();
    if (prev === undefined) {
      log.clear();
      return false;
    }
    log.append(tick, prev, this.#encodeFrame(tick, prev));
    return true;
  }

  /** Everything at the head tick: built once per tick for all who join at it. */
  keyframe(): { tick: number; frame: EncodedFrame } | undefined {
    const { tick } = this.#parts.tokens;
    if (tick === undefined) return undefined;
    // The chain frame first: its new series take the next ids, and the keyframe must agree.
    this.build();
    if (this.#keyframe?.tick !== tick) this.#keyframe = { tick, frame: this.#encodeKeyframe(tick) };
    return this.#keyframe;
  }

  /** Points of a range, encoded once for all who ask at this tick; none of any series where it is not held any more. */
  block(fromTick: number, toTick: number, stepTicks: number, isHeld = true): EncodedFrame {
    const key = `${fromTick}:${toTick}:${stepTicks}:${isHeld}`;
    const known = this.#blocks.get(key);
    if (known) return known;
    if (this.#blocks.size >= maxCachedBlocks) this.#blocks.clear();
    const frame = this.#encodeBlock(
      this.#parts.readBlock(isHeld ? this.#members : [], fromTick, toTick, stepTicks),
    );
    this.#blocks.set(key, frame);
    return frame;
  }

  #encodeFrame(tick: number, prev: number): EncodedFrame {
    const { tokens } = this.#parts;
    const added = this.#admitNewSeries();
    const gaps: number[] = [];
    const values: string[] = [];
    let before = 0;
    for (const index of tokens.changed) {
      const id = this.#ids[index] ?? noId;
      if (id === noId) continue;
      gaps.push(id - before);
      values.push(tokens.token(index));
      before = id;
    }
    const dictionary = added.length > 0 ? `,"series":${dictionaryText(added)}` : "";
    const head = `{"type":"frame","view":${this.number},"tick":${tick},"prev":${prev}${dictionary}`;
    return textFrame(`${head},"i":[${gaps.join(",")}],"v":[${values.join(",")}]}`);
  }

  #encodeKeyframe(tick: number): EncodedFrame {
    const { tokens, positionAt } = this.#parts;
    this.#admitNewSeries();
    const gaps = this.#members.map((_, id) => (id === 0 ? 0 : 1));
    const values = this.#members.map((series) => tokens.keyToken(series.index));
    const head = `{"type":"frame","view":${this.number},"tick":${tick},"generation":${this.#generation}`;
    const position = `"position":${JSON.stringify(positionAt(tick))}`;
    const body = `"series":${dictionaryText(this.#members)},"i":[${gaps.join(",")}],"v":[${values.join(",")}]`;
    return textFrame(`${head},${position},${body}}`);
  }

  #encodeBlock(block: Block): EncodedFrame {
    const ids = new Map(this.#members.map(({ info }, id) => [info, id]));
    const wire = encodeBlock(block, ({ info }: BlockSeries) => ids.get(info));
    const head = { type: "block", view: this.number, generation: this.#generation };
    return textFrame(JSON.stringify({ ...head, ...wire }));
  }

  /** Gives ids to series that appeared since the last look, in order of appearance. */
  #admitNewSeries(): readonly Series[] {
    const { columns, select, tokens } = this.#parts;
    const firstNew = this.#members.length;
    for (let index = this.#ids.length; index < tokens.seriesCount; index++) {
      const series = columns.series[index];
      const holds = series !== undefined && select.matches(series.info);
      this.#ids.push(holds ? this.#members.length : noId);
      if (holds) this.#members.push(series);
    }
    return this.#members.slice(firstNew);
  }
}

function dictionaryText(series: readonly Series[]): string {
  return JSON.stringify(series.map(({ info }) => encodeSeriesInfo(info)));
}

function textFrame(text: string): EncodedFrame {
  return new EncodedFrame(Buffer.from(text), false);
}
