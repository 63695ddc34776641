import type { QualityMessage } from "@metricast/protocol";
import type { Stats } from "../health/stats.js";
import type { View } from "../views/view.js";
import { Backlog, type Owed } from "./backlog.js";
import type { Room } from "./room.js";
import type { Subscription } from "./subscription.js";

export interface CursorParts {
  readonly view: View;
  readonly stats: Stats;
  /** Size that a page of history is aimed at. */
  readonly pageBytes: number;
  /** Says the quality of what the session gets; on the control lane, ahead of data. */
  readonly tell: (message: QualityMessage) => void;
  /** The finest step at which history can give a range in so many points. */
  readonly stepFor: (fromTick: number, toTick: number, points: number) => number;
}

/** Frames in a row for a session a little behind; beyond that it gets one block. */
const maxFramesBehind = 8;
const maxMissedPoints = 60;
const bytesPerRawPoint = 10;
const bytesPerMergedPoint = 40;

/** Where one session is in one view: the last tick it was sent, and the ranges it is still owed. */
export class Cursor implements Subscription {
  readonly #parts: CursorParts;
  /** The last tick the session was sent in any form. */
  #tick: number | undefined;
  /** Whether the session holds the state of `#tick`, so that the next chain frame is valid for it. */
  #chained = false;
  #backlog = Backlog.empty;
  #lastValuesOnly = false;
  /** Whether the session was told that it is not live. */
  #behind = false;
  #saved: { tick: number | undefined; chained: boolean; backlog: Backlog } | undefined;

  /** `tick`: where the client stopped, if it goes on from a position. */
  constructor(parts: CursorParts, tick?: number) {
    this.#parts = parts;
    this.#tick = tick;
    parts.view.watchers++;
  }

  get view(): number {
    return this.#parts.view.number;
  }
  get channel(): string {
    return this.#parts.view.key.channel;
  }
  get headTick(): number {
    return this.#parts.view.headTick ?? 0;
  }
  get watched(): View {
    return this.#parts.view;
  }
  get tick(): number | undefined {
    return this.#tick;
  }

  /** Owes a range of history besides what comes live. */
  owe(range: Omit<Owed, "missed">): void {
    this.#backlog = this.#backlog.plus({ ...range, missed: false });
  }

  /** After a long time without progress a session gets last values only: what it misses is not made up. */
  giveLastValuesOnly(): void {
    if (this.#lastValuesOnly) return;
    this.#lastValuesOnly = true;
    this.#parts.tell({ type: "quality", view: this.view, state: "last_values", reason: "slow_reader" });
  }

  collect(room: Room): void {
    this.#saved = undefined;
    const head = this.#parts.view.headTick;
    if (head === undefined) return;
    if (this.#chained && this.#tick === head) {
      if (!this.#backlog.isEmpty) this.#givePage(room);
    } else if (!this.#chained || !this.#giveFrames(room)) this.#giveKeyframe(room, head);
  }

  rollback(): void {
    if (!this.#saved) return;
    this.#tick = this.#saved.tick;
    this.#chained = this.#saved.chained;
    this.#backlog = this.#saved.backlog;
  }

  leave(nowMs: number): void {
    const { view } = this.#parts;
    view.watchers--;
    view.idleSinceMs = nowMs;
  }

  #save(): void {
    this.#saved = { tick: this.#tick, chained: this.#chained, backlog: this.#backlog };
  }

  /** False where the session needs a keyframe; true also where it must wait for room. */
  #giveFrames(room: Room): boolean {
    const { view, stats } = this.#parts;
    const from = this.#tick ?? 0;
    if ((view.headTick ?? 0) - from > maxFramesBehind * view.key.stepTicks) return false;
    const bytes = view.log.bytesAfter(from);
    if (bytes === Infinity) return false;
    if (!room.has(bytes)) return true;
    this.#save();
    view.log.after(from, (frame) => {
      room.put(frame);
      stats.framesSent++;
    });
    this.#tick = view.headTick;
    return true;
  }

  #giveKeyframe(room: Room, head: number): void {
    const { view, stats } = this.#parts;
    const keyframe = view.keyframe();
    if (!keyframe || !room.has(keyframe.frame.bytes.length)) return;
    this.#save();
    if (this.#chained && this.#tick !== undefined) this.#oweMissed(this.#tick, head);
    room.put(keyframe.frame);
    stats.keyframesSent++;
    this.#chained = true;
    this.#tick = head;
    if (room.has(this.#parts.pageBytes)) this.#givePage(room);
  }

  /** What a slow session missed comes as one block, the coarser the longer it was away. */
  #oweMissed(fromTick: number, head: number): void {
    const { view, stats, stepFor } = this.#parts;
    const ticks = head - fromTick;
    if (this.#lastValuesOnly) {
      this.#lastValuesOnly = false;
      this.#behind = true;
      stats.ticksSkipped += ticks;
      return;
    }
    const points = Math.min(maxMissedPoints, this.#pagePoints(bytesPerMergedPoint));
    const stepTicks = roundUp(stepFor(fromTick, head, points), view.key.stepTicks);
    const alignedFrom = Math.floor(fromTick / stepTicks) * stepTicks;
    this.#backlog = this.#backlog.plus({ fromTick: alignedFrom, toTick: head, stepTicks, missed: true });
    const state = stepTicks > view.key.stepTicks ? "coarse" : "catching_up";
    if (state === "coarse") stats.ticksMerged += ticks;
    this.#behind = true;
    const range = { from: alignedFrom, to: head, step: stepTicks };
    this.#parts.tell({ type: "quality", view: this.view, state, reason: "slow_reader", ...range });
  }

  #givePage(room: Room): void {
    const { view, stats } = this.#parts;
    const owed = this.#backlog.first;
    if (!owed) return;
    const perPoint = owed.stepTicks > 1 ? bytesPerMergedPoint : bytesPerRawPoint;
    const page = this.#backlog.page(owed.missed ? maxMissedPoints + 1 : this.#pagePoints(perPoint));
    if (!page) return;
    const frame = view.block(page.fromTick, page.toTick, page.stepTicks);
    if (!room.has(frame.bytes.length)) return;
    if (!this.#saved) this.#save();
    room.put(frame);
    stats.blocksSent++;
    this.#backlog = this.#backlog.without(page);
    if (!this.#backlog.owesMissed) this.#tellLive();
  }

  #tellLive(): void {
    if (!this.#behind) return;
    this.#behind = false;
    this.#parts.tell({ type: "quality", view: this.view, state: "live" });
  }

  #pagePoints(bytesPerPoint: number): number {
    const series = Math.max(1, this.#parts.view.members.length);
    return Math.max(1, Math.floor(this.#parts.pageBytes / (series * bytesPerPoint)));
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
