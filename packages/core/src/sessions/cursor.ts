import type { QualityMessage } from "@metricast/protocol";
import type { View } from "../views/view.js";
import { Backlog, type Owed } from "./backlog.js";
import type { Room } from "./room.js";
import type { Subscription } from "./subscription.js";

export interface CursorParts {
  readonly view: View;
  /** Size that a page of history is aimed at. */
  readonly pageBytes: number;
  /** Says something at once, on the control lane. */
  readonly tell: (message: QualityMessage) => void;
  /** The finest step at which history can give a range in so many points. */
  readonly stepFor: (fromTick: number, toTick: number, points: number) => number;
  /** Where a range at a step begins that holds everything after a tick; undefined where history does not. */
  readonly startFor: (afterTick: number, stepTicks: number) => number | undefined;
}

/** Frames in a row for a session a little behind; beyond that it gets one block. */
const maxFramesBehind = 8;
const maxMissedPoints = 60;
const bytesPerRawPoint = 10;
const bytesPerMergedPoint = 40;

interface State {
  /** The last tick the session was sent in any form. */
  readonly tick: number | undefined;
  /** Whether the session holds the state of `tick`, so that the next chain frame is valid for it. */
  readonly chained: boolean;
  readonly backlog: Backlog;
  /** `stalled`: no progress for long; `ending`: there was some, but what was missed before is not made up. */
  readonly lastValues: "off" | "stalled" | "ending";
  /** Whether the session was told that it is not live. */
  readonly behind: boolean;
}

/** Where one session is in one view: the last tick it was sent, and the ranges it is still owed. */
export class Cursor implements Subscription {
  readonly #parts: CursorParts;
  #state: State;
  #saved: State;

  /** `tick`: from where on the session must miss nothing; what lies before it, it has or is owed. */
  constructor(parts: CursorParts, tick: number | undefined) {
    this.#parts = parts;
    this.#state = { tick, chained: false, backlog: Backlog.empty, lastValues: "off", behind: false };
    this.#saved = this.#state;
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
    return this.#state.tick;
  }

  /** Owes a range of history besides what comes live. */
  owe(range: Omit<Owed, "missed">): void {
    this.#change({ backlog: this.#state.backlog.plus({ ...range, missed: 0 }) });
  }

  /** After a long time without progress a session gets last values only: what it misses is not made up. */
  giveLastValuesOnly(): void {
    const wasTold = this.#state.lastValues !== "off";
    this.#change({ lastValues: "stalled", behind: true });
    if (wasTold) return;
    this.#parts.tell({ type: "quality", view: this.view, state: "last_values", reason: "slow_reader" });
  }

  /** Bytes arrived again: from here on all is made up. */
  endLastValuesOnly(): void {
    if (this.#state.lastValues === "stalled") this.#change({ lastValues: "ending" });
  }

  collect(room: Room): void {
    this.#saved = this.#state;
    const { view } = this.#parts;
    // The walk that brings a tick may still have to build this view when a session is served out of turn.
    view.build();
    const head = view.headTick;
    if (head === undefined) return;
    const { chained, tick } = this.#state;
    if (chained && tick === head) this.#givePage(room);
    else if (!chained || !this.#giveFrames(room, head)) this.#giveKeyframe(room, head);
    if (this.#state.chained && this.#state.tick === head) this.#catchUp(room);
  }

  rollback(): void {
    this.#state = this.#saved;
  }

  leave(nowMs: number): void {
    const { view } = this.#parts;
    view.watchers--;
    view.idleSinceMs = nowMs;
  }

  #change(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** False where the session needs a keyframe; true also where it must wait for room. */
  #giveFrames(room: Room, head: number): boolean {
    const frames = this.#parts.view.log.after(this.#state.tick ?? head);
    if (!frames || frames.length > maxFramesBehind) return false;
    for (const { tick, frame } of frames) {
      if (!room.has(frame.bytes.length)) return true;
      room.put(frame);
      room.count("framesSent");
      this.#change({ tick });
    }
    return true;
  }

  #giveKeyframe(room: Room, head: number): void {
    const keyframe = this.#parts.view.keyframe();
    if (!keyframe || !room.has(keyframe.frame.bytes.length)) return;
    const { tick, lastValues } = this.#state;
    room.put(keyframe.frame);
    room.count("keyframesSent");
    this.#change({ tick: head, chained: true });
    if (tick === undefined || tick >= head) return;
    if (lastValues === "off") this.#oweMissed(tick, head, room);
    else room.count("ticksSkipped", this.#framesBetween(tick, head));
  }

  /** What a slow session missed comes as one block, the coarser the longer it was away. */
  #oweMissed(fromTick: number, head: number, room: Room): void {
    const { view, stepFor, startFor } = this.#parts;
    const viewStep = view.key.stepTicks;
    const { backlog } = this.#state;
    const joined = backlog.joinable(fromTick);
    const from = joined?.fromTick ?? fromTick;
    const points = Math.min(maxMissedPoints, this.#pagePoints(bytesPerMergedPoint));
    const stepTicks = roundUp(stepFor(from, head, points), viewStep);
    const range = { fromTick: startFor(from, stepTicks) ?? from, toTick: head, stepTicks };
    const missed = this.#framesBetween(fromTick, head) + (joined?.missed ?? 0);
    if (missed === 0) return;
    const older = joined ? backlog.rest : backlog;
    // Only coarse points are left, and one of them reaches into what is owed already.
    if ((older.first?.toTick ?? 0) > range.fromTick) room.isLost = true;
    this.#change({ backlog: older.plus({ ...range, missed }), behind: true });
    room.say({
      type: "quality",
      view: this.view,
      state: stepTicks > viewStep ? "coarse" : "catching_up",
      reason: "slow_reader",
      from: range.fromTick,
      to: head,
      step: stepTicks,
    });
  }

  #givePage(room: Room): void {
    const { view } = this.#parts;
    const { backlog } = this.#state;
    const owed = backlog.first;
    if (!owed) return;
    const perPoint = owed.stepTicks > 1 ? bytesPerMergedPoint : bytesPerRawPoint;
    const whole = backlog.page(this.#pagePoints(perPoint)) ?? owed;
    const from = this.#heldFrom(whole);
    // It expired while the session waited for its turn.
    if (from > whole.fromTick && !owed.asked) {
      room.isLost = true;
      return;
    }
    const isHeld = from < whole.toTick;
    const page = { ...whole, fromTick: isHeld ? from : owed.fromTick };
    const frame = view.block(page.fromTick, page.toTick, page.stepTicks, isHeld);
    if (!room.has(frame.bytes.length)) return;
    room.put(frame);
    room.count("blocksSent");
    if (owed.stepTicks > view.key.stepTicks) room.count("ticksMerged", owed.missed);
    this.#change({ backlog: backlog.without(page) });
  }

  /** The first point of a page from which on it is still held; its end where nothing is. */
  #heldFrom({ fromTick, toTick, stepTicks }: Owed): number {
    for (let at = fromTick; at < toTick; at += stepTicks) {
      if (this.#parts.startFor(at, stepTicks) === at) return at;
    }
    return toTick;
  }

  /** The session is at the head: says that all is well again, once it is. */
  #catchUp(room: Room): void {
    if (this.#state.lastValues === "ending") this.#change({ lastValues: "off" });
    const { behind, backlog, lastValues } = this.#state;
    if (!behind || backlog.owesMissed || lastValues !== "off") return;
    this.#change({ behind: false });
    room.say({ type: "quality", view: this.view, state: "live" });
  }

  /** Frames that a session did not get when it went from one tick to another by a keyframe; the last it got so. */
  #framesBetween(fromTick: number, toTick: number): number {
    return Math.ceil((toTick - fromTick) / this.#parts.view.key.stepTicks) - 1;
  }

  #pagePoints(bytesPerPoint: number): number {
    const series = Math.max(1, this.#parts.view.members.length);
    return Math.max(1, Math.floor(this.#parts.pageBytes / (series * bytesPerPoint)));
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
