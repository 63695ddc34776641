import {
  type BlockMessage,
  decodeBlock,
  type FrameMessage,
  type QualityMessage,
  type QualityState,
  type ResumeOutcome,
  type SubscribedItem,
} from "@metricast/protocol";
import type { MetricastClientError } from "./error.js";
import type { Report } from "./faults.js";
import type { Tell } from "./feed-pool.js";
import { type AppliedFrame, FrameDecoder } from "./frame-decoder.js";
import type { GapReason } from "./gap-list.js";
import { clamp } from "./parse-message.js";
import { type Gap, SeriesStore } from "./series-store.js";
import type { Feed, ViewMessage } from "./watch.js";

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
  /** What became of the position after a reconnect. */
  resumed: { readonly outcome: ResumeOutcome };
  /** The server changed points of the past; `query` has them. */
  revised: { readonly fromMs: number; readonly toMs: number };
  /** The server refused; where it refused an update, what was before goes on. */
  error: MetricastClientError;
}

export interface MetricsFeedParts {
  readonly maxPoints: number;
  readonly maxSlots: number;
  readonly report: Report;
  readonly tell: Tell<SubscriptionEvents>;
}

const dayMs = 86_400_000;

/** Frames and blocks of one view, put together into a store without silent gaps. */
export class MetricsFeed implements Feed {
  readonly store: SeriesStore;
  quality: QualityState = "live";
  stepMs = 0;
  readonly #tell: Tell<SubscriptionEvents>;
  readonly #report: Report;
  #decoder = new FrameDecoder();
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

  constructor({ maxPoints, maxSlots, report, tell }: MetricsFeedParts) {
    this.#tell = tell;
    this.#report = report;
    this.store = new SeriesStore(maxPoints, maxSlots);
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
    this.#mayShrink = true;
    this.#brokenBy = isReset || !resume ? (resume?.reason ?? "not_resumed") : undefined;
    this.#coveredFrom = history?.from ?? Infinity;
    if (this.#brokenBy) missing.giveUpPending(this.#brokenBy);
    if (history) missing.add({ fromTick: history.from, toTick: history.to, reason: "pending" });
    this.#decoder.restart(this.#stepTicks, isReset);
    if (!resume || isReset) this.#takePosition(position);
    if (resume) this.#tell("resumed", { outcome: resume.outcome });
  }

  receive(message: ViewMessage): boolean {
    if (message.type === "frame") return this.#frame(message);
    if (message.type === "block") return this.#block(message);
    if (message.type === "quality") {
      this.quality = message.state;
      this.#tell("quality", message);
    } else if (message.type === "revised") {
      const { intervalMs } = this.store;
      this.#tell("revised", { fromMs: message.from * intervalMs, toMs: message.to * intervalMs });
    }
    return true;
  }

  failed(error: MetricastClientError): void {
    this.#tell("error", error);
  }

  #frame(message: FrameMessage): boolean {
    const outcome = this.#decoder.apply(message);
    if (typeof outcome === "string") {
      this.#report(outcome === "chain" ? "chain_broken" : "garbage", `${outcome} frame`);
      return false;
    }
    if (outcome.isKeyframe && this.#mayShrink) this.#shrink();
    const gap = this.#skipped(outcome);
    this.store.push(outcome.tick, this.#decoder.series);
    if (message.position === undefined) this.#tick = outcome.tick;
    else this.#takePosition(message.position);
    if (this.store.timeline.isFull) this.#report("series_limit", "maxSeries is reached");
    if (gap) this.#tell("gap", gap);
    const timeMs = outcome.tick * this.store.intervalMs;
    this.#tell("frame", { timeMs, isKeyframe: outcome.isKeyframe, missing: message.missing ?? [] });
    this.#tell("update", undefined);
    return true;
  }

  /** Series of another selection have no place any more. */
  #shrink(): void {
    this.#mayShrink = false;
    const keys = new Set(this.#decoder.series.map(({ key }) => key));
    const { tracks } = this.store.timeline;
    for (const key of tracks.keys()) if (!keys.has(key)) tracks.delete(key);
  }

  /** Notes what lies between two frames that do not meet; returns the gap unless blocks are to fill it. */
  #skipped({ isKeyframe, tick, previousTick }: AppliedFrame): Gap | undefined {
    const brokenBy = this.#brokenBy;
    this.#brokenBy = undefined;
    if (previousTick === undefined) return undefined;
    const lost = this.quality === "last_values" ? "slow_reader" : "pending";
    const reason = isKeyframe ? (brokenBy ?? lost) : "not_sampled";
    const toTick = Math.min(tick - this.#stepTicks, brokenBy ? this.#coveredFrom : Infinity);
    const gap = { fromTick: previousTick, toTick: Math.max(toTick, previousTick), reason };
    const isEmpty = toTick <= previousTick;
    if (!isEmpty) {
      this.store.missing.add(gap);
      // One empty row ends the line of a chart.
      this.store.timeline.append(toTick, []);
    }
    // A reset is told of even where it missed no tick.
    const isTold = isEmpty ? brokenBy !== undefined && brokenBy !== "not_resumed" : reason !== "pending";
    return isTold ? this.store.inMs(gap) : undefined;
  }

  #block(message: BlockMessage): boolean {
    const { missing, timeline } = this.store;
    const block = decodeBlock(message, (id) => this.#decoder.series[id]?.info);
    if (block.toTick !== message.to || message.generation !== this.#decoder.generation) {
      this.#report("garbage", "malformed block");
      return false;
    }
    timeline.merge(block);
    missing.cut(block);
    for (const gap of block.gaps) missing.add({ ...gap, reason: "not_sampled" });
    this.store.changed();
    this.#tell("update", undefined);
    return true;
  }

  #setTimes(intervalMs: number, stepTicks: number): void {
    this.#stepTicks = Math.round(stepTicks);
    this.stepMs = intervalMs * this.#stepTicks;
    // Ticks of another interval are other times: nothing held is of use then.
    if (intervalMs === this.store.intervalMs) return;
    this.store.clear();
    this.store.intervalMs = intervalMs;
    this.#decoder = new FrameDecoder();
  }

  #takePosition(position: string): void {
    this.#position = String(position);
    this.#tick = undefined;
  }
}
