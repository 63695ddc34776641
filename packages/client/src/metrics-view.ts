import {
  BinaryFrameReader,
  type BinaryMessage,
  type Block,
  type BlockMessage,
  binaryKinds,
  decodeBlock,
  type FrameMessage,
  type QualityMessage,
  type QualityState,
  type ResumeOutcome,
  readBlock,
  type SubscribedItem,
  type TickRange,
} from "@metricast/protocol";
import { clamp } from "./clamp.js";
import type { Gap } from "./columns.js";
import { type Emitter, emitAll } from "./emitter.js";
import type { MetricastClientError } from "./error.js";
import type { Report } from "./faults.js";
import { type AppliedFrame, FrameDecoder } from "./frame-decoder.js";
import type { GapReason } from "./gap-list.js";
import { SeriesStore } from "./series-store.js";
import { View, type ViewMessage, type ViewParts, type ViewRequest } from "./view.js";

/** What a subscription tells. */
export interface SubscriptionEvents {
  /** A frame was applied. */
  frame: { readonly timeMs: number; readonly isKeyframe: boolean; readonly missing: readonly string[] };
  /** `series` changed: by a frame, or by points of the past. */
  update: undefined;
  /** Points that there are not and will not be. */
  gap: Gap;
  /** How well this client follows, as the server sees it. */
  quality: { readonly state: QualityState; readonly reason?: QualityMessage["reason"] };
  /**
   * Of several instances one was late: the past has changed in this range, and a query gives it as it is now. After a reconnect
   * also where it may have.
   */
  revised: { readonly fromMs: number; readonly toMs: number };
  /** What became of the position after a reconnect. */
  resumed: { readonly outcome: ResumeOutcome };
  /** The server refused; where it refused an update, what was before goes on. */
  error: MetricastClientError;
}

const dayMs = 86_400_000;

/** Frames and blocks of one view, put together into a store without silent gaps. */
export class MetricsView extends View {
  readonly holders = new Set<Emitter<SubscriptionEvents>>();
  readonly store: SeriesStore;
  quality: QualityState = "live";
  readonly #report: Report;
  #decoder = new FrameDecoder();
  #reader = new BinaryFrameReader(1);
  #position: string | undefined;
  /** The tick that belongs to the position; undefined where the position is as the server gave it. */
  #tick: number | undefined;
  #stepTicks = 1;
  /** Why the next keyframe does not go on from where this stopped. */
  #brokenBy: GapReason | undefined;
  /** From here on blocks give what was before the next keyframe all the same. */
  #coveredFrom = Infinity;
  /** Series of another selection go with the next keyframe. */
  #mayShrink = false;
  #select: string | undefined;
  /** Ticks that were shown without somebody, and have not been revised: who answers next may have told of it already. */
  #doubtful: TickRange | undefined;

  constructor(request: ViewRequest, { options, report }: ViewParts) {
    super(request);
    this.#report = report;
    this.store = new SeriesStore(options.maxPointsPerSeries, options.maxSeries);
  }

  get position(): string | undefined {
    // What blocks are still to cover is behind the last frame: after a cut it is asked for again.
    const tick = this.store.missing.pendingFrom ?? this.#tick;
    return tick === undefined ? this.#position : this.#position?.replace(/[^.]*$/, String(tick));
  }

  joined({ intervalMs, stepTicks, resume, history, position }: SubscribedItem): void {
    const { missing } = this.store;
    this.#setTimes(clamp(intervalMs, 1, dayMs, 1_000), clamp(stepTicks, 1, dayMs, 1));
    const isReset = resume?.outcome === "reset";
    this.quality = "live";
    // A server that was restarted gives many series later: what is held of them stays.
    const select = String(this.confirmed.select);
    this.#mayShrink = select !== this.#select;
    this.#select = select;
    this.#brokenBy = undefined;
    this.#coveredFrom = history?.from ?? Infinity;
    if (!resume || isReset) {
      this.#brokenBy = resume?.reason ?? "not_resumed";
      missing.giveUpPending(this.#brokenBy);
      this.#position = String(position);
      this.#tick = undefined;
    }
    if (history) missing.add({ fromTick: history.from, toTick: history.to, reason: "pending" });
    this.#decoder.restart(this.#stepTicks, isReset);
    this.#reader = new BinaryFrameReader(this.#stepTicks);
    if (resume) emitAll(this.holders, "resumed", { outcome: resume.outcome });
    if (this.#doubtful) this.#revised(this.#doubtful);
  }

  receive(message: ViewMessage): void {
    if (message.type === "binary") this.#binary(message);
    else if (message.type === "frame") this.#frame(message);
    else if (message.type === "block") this.#block(message);
    else if (message.type === "quality") {
      this.quality = message.state;
      emitAll(this.holders, "quality", message);
    } else if (message.type === "revised") {
      this.#revised({ fromTick: message.from, toTick: message.to });
    }
  }

  refused(error: MetricastClientError): void {
    emitAll(this.holders, "error", error);
  }

  #frame(message: FrameMessage): void {
    const applied = this.#decoder.apply(message);
    const { isKeyframe, tick } = applied;
    const { store, holders } = this;
    const { series } = this.#decoder;
    // Series of another selection go with the first keyframe.
    if (isKeyframe && this.#mayShrink) store.keep(series);
    this.#mayShrink &&= !isKeyframe;
    const gap = this.#skipped(applied);
    store.append(tick, series);
    this.#tick = tick;
    if (message.position !== undefined) this.#position = String(message.position);
    if (store.isFull) this.#report("series_limit");
    if (gap) emitAll(holders, "gap", gap);
    const timeMs = tick * store.intervalMs;
    const { missing = [] } = message;
    const fromTick = this.#doubtful?.fromTick ?? tick - this.#stepTicks;
    if (missing.length > 0) this.#doubtful = { fromTick, toTick: tick };
    emitAll(holders, "frame", { timeMs, isKeyframe, missing });
    emitAll(holders, "update", undefined);
  }

  #revised(range: TickRange): void {
    const { fromTick = Infinity, toTick = 0 } = this.#doubtful ?? {};
    if (range.fromTick <= fromTick && range.toTick >= toTick) this.#doubtful = undefined;
    emitAll(this.holders, "revised", this.store.inMs({ ...range, reason: "revised" }));
  }

  /** Notes what lies between two frames that do not meet; returns the gap unless blocks are to fill it. */
  #skipped({ isKeyframe, tick, previousTick }: AppliedFrame): Gap | undefined {
    const brokenBy = this.#brokenBy;
    this.#brokenBy = undefined;
    if (previousTick === undefined) return undefined;
    const lost = this.quality === "last_values" ? "slow_reader" : "pending";
    const reason = isKeyframe ? (brokenBy ?? lost) : "not_sampled";
    const nextTick = Math.min(tick - this.#stepTicks, brokenBy ? this.#coveredFrom : Infinity);
    const isEmpty = nextTick <= previousTick;
    const gap = { fromTick: previousTick, toTick: isEmpty ? previousTick : nextTick, reason };
    this.store.missing.add(gap);
    // One empty row ends the line of a chart.
    if (!isEmpty) this.store.append(nextTick, []);
    // A reset is told of even where it missed no tick.
    const isTold = isEmpty ? brokenBy !== undefined && brokenBy !== "not_resumed" : reason !== "pending";
    return isTold ? this.store.inMs(gap) : undefined;
  }

  #block(message: BlockMessage): void {
    const block = decodeBlock(message, (id) => this.#decoder.series[id]?.info);
    if (block.toTick !== message.to) throw new TypeError();
    this.#merge(block, message.generation);
  }

  #merge(block: Block, generation: number | undefined): void {
    if (generation !== this.#decoder.generation) throw new TypeError();
    this.store.merge(block);
    emitAll(this.holders, "update", undefined);
  }

  #binary(message: BinaryMessage): void {
    if (message.kind !== binaryKinds.block) this.#frame(this.#reader.read(message));
    else
      this.#merge(
        readBlock(message, (id) => this.#decoder.series[id]?.info),
        message.head.generation,
      );
  }

  #setTimes(intervalMs: number, stepTicks: number): void {
    this.#stepTicks = Math.round(stepTicks);
    if (intervalMs === this.store.intervalMs) return;
    this.store.clear(intervalMs);
    this.#decoder = new FrameDecoder();
  }
}
