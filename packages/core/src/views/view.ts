import type { Block, Merge } from "@metricast/protocol";
import type { EncodedFrame } from "../contracts/connection.js";
import type { Columns, Series } from "../contracts/feed.js";
import type { FrameLog } from "./frame-log.js";
import type { Codec, Frames, PointBytes, ViewAddress } from "./frames.js";
import { Membership } from "./membership.js";
import type { Select } from "./select.js";
import type { Tokens } from "./tokens.js";

/** What makes two subscriptions one view. */
export interface ViewKey {
  readonly channel: string;
  readonly scope: Readonly<Record<string, string>>;
  readonly select: readonly string[];
  readonly stepTicks: number;
  readonly merge: Merge;
  /** Another instance, whose own series they are. */
  readonly instance?: string;
  readonly codec: Codec;
}

export interface ViewParts {
  readonly number: number;
  readonly key: ViewKey;
  readonly select: Select;
  readonly columns: Columns;
  readonly frames: Frames;
  readonly log: FrameLog;
  readonly positionAt: (tick: number) => string;
  /** Instances that a frame over (fromTick, toTick] did not wait for. */
  readonly missingIn?: (fromTick: number, toTick: number) => readonly string[];
  readonly readBlock: (
    series: readonly Series[],
    fromTick: number,
    toTick: number,
    stepTicks: number,
  ) => Block;
}

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
  #membership: Membership;
  #address: ViewAddress;
  #keyframe: { tick: number; frame: EncodedFrame } | undefined;
  #builtTick: number | undefined;
  #blocks = new Map<string, EncodedFrame>();

  constructor(parts: ViewParts) {
    this.#parts = parts;
    this.number = parts.number;
    this.key = parts.key;
    this.#membership = new Membership(parts.select);
    this.#address = { number: parts.number, generation: 1 };
  }

  get headTick(): number | undefined {
    return this.tokens.tick;
  }
  /** One more with each rebase: frames chain within one only. */
  get generation(): number {
    return this.#address.generation;
  }
  get log(): FrameLog {
    return this.#parts.log;
  }
  get members(): readonly Series[] {
    return this.#membership.series;
  }
  /** Numbers that a point of all members holds. */
  get slotCount(): number {
    return this.#membership.slotCount;
  }
  get pointBytes(): PointBytes {
    return this.#parts.frames.pointBytes;
  }
  get tokens(): Tokens {
    return this.#parts.frames.tokens;
  }

  positionAt(tick: number): string {
    return this.#parts.positionAt(tick);
  }

  /**
   * From now on the view is made of other columns: a new generation begins with the next keyframe, which all who watch need,
   * as the chain ends.
   */
  rebase(parts: Pick<ViewParts, "columns" | "frames">): void {
    this.#parts = { ...this.#parts, ...parts };
    this.#membership = new Membership(this.#parts.select);
    this.#address = { ...this.#address, generation: this.#address.generation + 1 };
    this.#parts.log.clear();
    this.#keyframe = undefined;
    this.#builtTick = undefined;
    this.#blocks.clear();
  }

  /** Appends the chain frame of the head tick to the log, unless it is there. */
  build(): boolean {
    const { frames, log } = this.#parts;
    const { tick, prev } = this.tokens;
    if (tick === undefined || tick === this.#builtTick) return false;
    this.#builtTick = tick;
    // Emptying an empty map allocates.
    if (this.#blocks.size > 0) this.#blocks.clear();
    if (prev === undefined) {
      log.clear();
      return false;
    }
    const added = this.#admit();
    log.append(
      tick,
      prev,
      frames.chain(this.#address, tick, prev, this.#membership, added, this.#missingAt(tick)),
    );
    return true;
  }

  /** Everything at the head tick: built once per tick for all who join at it. */
  keyframe(): { tick: number; frame: EncodedFrame } | undefined {
    const { tick } = this.tokens;
    if (tick === undefined) return undefined;
    // The chain frame first: its new series take the next ids, and the keyframe must agree.
    this.build();
    if (this.#keyframe?.tick === tick) return this.#keyframe;
    this.#admit();
    const { frames, positionAt } = this.#parts;
    const frame = frames.keyframe(
      this.#address,
      tick,
      positionAt(tick),
      this.#membership,
      this.#missingAt(tick),
    );
    this.#keyframe = { tick, frame };
    return this.#keyframe;
  }

  /** Points of a range, encoded once for all who ask at this tick; none of any series where it is not held any more. */
  block(fromTick: number, toTick: number, stepTicks: number, isHeld = true): EncodedFrame {
    const key = `${fromTick}:${toTick}:${stepTicks}:${isHeld}`;
    const known = this.#blocks.get(key);
    if (known) return known;
    if (this.#blocks.size >= maxCachedBlocks) this.#blocks.clear();
    const { frames, readBlock } = this.#parts;
    const block = readBlock(isHeld ? this.members : [], fromTick, toTick, stepTicks);
    const frame = frames.block(this.#address, block, this.#membership);
    this.#blocks.set(key, frame);
    return frame;
  }

  #missingAt(tick: number): readonly string[] | undefined {
    return this.#parts.missingIn?.(tick - this.key.stepTicks, tick);
  }

  #admit(): readonly Series[] {
    return this.#membership.admit(this.#parts.columns, this.tokens.seriesCount);
  }
}
