import type { QualityMessage } from "@metricast/protocol";
import type { ShedState } from "../pressure/shedding.js";
import type { View } from "../views/view.js";
import type { Owed } from "./backlog.js";
import type { Room } from "./room.js";
import { joining, level, type Standing } from "./standing.js";
import type { Step, Subscription } from "./subscription.js";

/** What a cursor asks of a channel: what history can give of a range, and what the channel leaves out at present. */
export interface RangeSource {
  readonly shed: ShedState;
  readonly history: {
    /** The finest step at which history can give a range in so many points. */
    stepFor(fromTick: number, toTick: number, points: number): number;
  };
  /** Where a range at a step begins that holds everything after a tick; undefined where history does not. */
  startFor(afterTick: number, stepTicks: number): number | undefined;
}

export interface CursorParts {
  readonly view: View;
  readonly channel: RangeSource;
  /** Size that a page of history is aimed at. */
  readonly pageBytes: number;
  /** Whoever is told something at once, on the control lane. */
  readonly session: { tell(message: QualityMessage): void };
}

/** Frames in a row for a session a little behind; beyond that it gets one block. */
const maxFramesBehind = 8;
const maxMissedPoints = 60;

/** Where one session is in one view: the last tick it was sent, and the ranges it is still owed. */
export class Cursor implements Subscription {
  readonly #view: View;
  readonly #channel: RangeSource;
  readonly #pageBytes: number;
  readonly #session: CursorParts["session"];
  /** The last tick the session was sent in any form. */
  #tick: number | undefined;
  #standing = joining;
  /** Whose state the session holds. */
  #generation = 0;
  #savedGeneration = 0;
  #savedTick: number | undefined;
  #savedStanding = joining;

  /** `tick`: from where on the session must miss nothing; what lies before it, it has or is owed. */
  constructor({ view, channel, pageBytes, session }: CursorParts, tick: number | undefined) {
    this.#view = view;
    this.#channel = channel;
    this.#pageBytes = pageBytes;
    this.#session = session;
    this.#tick = tick;
    view.watchers++;
  }

  get view(): number {
    return this.#view.number;
  }
  get channel(): string {
    return this.#view.key.channel;
  }
  get headTick(): number {
    return this.#view.headTick ?? this.#tick ?? 0;
  }
  get generation(): number {
    return this.#view.generation;
  }
  get watched(): View {
    return this.#view;
  }
  get tick(): number | undefined {
    return this.#tick;
  }
  get shedLevel(): number {
    return this.#channel.shed.level;
  }

  /** While what it missed is owed, it has everything only up to there. */
  get position(): string | undefined {
    const tick = this.#standing.backlog.claimedFrom ?? this.#tick;
    return tick === undefined ? undefined : this.positionAt(tick);
  }

  positionAt(tick: number): string {
    return this.#view.positionAt(tick);
  }

  step(from: number | undefined): Step | undefined {
    const { headTick, log } = this.#view;
    if (headTick === undefined) return undefined;
    const { newest } = log;
    const isNew = headTick !== from && newest?.tick === headTick;
    return isNew
      ? { from: newest.prev, to: headTick, frame: newest.frame }
      : { from: headTick, to: headTick };
  }

  isAt(tick: number): boolean {
    const isLevel = this.#tick === tick && this.#standing === level[this.shedLevel];
    return isLevel && this.#generation === this.#view.generation;
  }

  moveTo(tick: number): void {
    this.#tick = tick;
  }

  /** Owes a range of history besides what comes live. */
  owe(range: Omit<Owed, "missed">): void {
    this.#change({ backlog: this.#standing.backlog.plus({ ...range, missed: 0 }) });
  }

  /** After a long time without progress a session gets last values only: what it misses is not made up. */
  giveLastValuesOnly(): void {
    const wasTold = this.#standing.lastValues !== "off";
    this.#change({ lastValues: "stalled", behind: true });
    if (wasTold) return;
    this.#session.tell({ type: "quality", view: this.view, state: "last_values", reason: "slow_reader" });
  }

  /** Bytes arrived again: from here on all is made up. */
  endLastValuesOnly(): void {
    if (this.#standing.lastValues === "stalled") this.#change({ lastValues: "ending" });
  }

  collect(room: Room): void {
    this.#savedTick = this.#tick;
    this.#savedStanding = this.#standing;
    this.#savedGeneration = this.#generation;
    // The walk that brings a tick may still have to build this view when a session is served out of turn.
    this.#view.build();
    const head = this.#view.headTick;
    if (head === undefined) return;
    if (this.#standing.shed !== this.shedLevel && this.#standing.lastValues === "off") this.#tellShed(room);
    const chained = this.#isChained;
    if (chained && this.#tick === head) this.#givePage(room);
    else if (!chained || !this.#giveFrames(room, head)) this.#giveKeyframe(room, head);
    if (this.#isChained && this.#tick === head) this.#catchUp(room);
  }

  rollback(): void {
    this.#tick = this.#savedTick;
    this.#standing = this.#savedStanding;
    this.#generation = this.#savedGeneration;
  }

  leave(nowMs: number): void {
    this.#view.watchers--;
    this.#view.idleSinceMs = nowMs;
  }

  get #isChained(): boolean {
    return this.#standing.chained && this.#generation === this.#view.generation;
  }

  #change(change: Partial<Standing>): void {
    const standing = { ...this.#standing, ...change };
    const { chained, backlog, lastValues, behind, shed } = standing;
    const isLevel = chained && backlog.isEmpty && lastValues === "off" && !behind;
    this.#standing = (isLevel ? level[shed] : undefined) ?? standing;
  }

  /** False where the session needs a keyframe; true also where it must wait for room. */
  #giveFrames(room: Room, head: number): boolean {
    const frames = this.#view.log.after(this.#tick ?? head);
    if (!frames || frames.length > maxFramesBehind) return false;
    for (const { tick, frame } of frames) {
      if (!room.has(frame.length)) return true;
      room.put(frame);
      room.count("framesSent");
      this.#tick = tick;
    }
    return true;
  }

  #giveKeyframe(room: Room, head: number): void {
    const keyframe = this.#view.keyframe();
    if (!keyframe || !room.has(keyframe.frame.length)) return;
    const tick = this.#tick;
    room.put(keyframe.frame);
    room.count("keyframesSent");
    this.#tick = head;
    this.#generation = this.#view.generation;
    this.#change({ chained: true });
    if (tick === undefined || tick >= head) return;
    const { shed } = this.#channel;
    if (this.#standing.lastValues === "off" && !shed.lastValuesOnly) this.#oweMissed(tick, head, room);
    else room.count("ticksSkipped", this.#framesBetween(tick, head));
  }

  /** What a slow session missed comes as one block, the coarser the longer it was away. */
  #oweMissed(fromTick: number, head: number, room: Room): void {
    const viewStep = this.#view.key.stepTicks;
    const { backlog } = this.#standing;
    const joined = backlog.joinable(fromTick);
    const from = joined?.fromTick ?? fromTick;
    const points = Math.min(maxMissedPoints, this.#pagePoints(this.#view.pointBytes.merged));
    const stepTicks = roundUp(this.#channel.history.stepFor(from, head, points), viewStep);
    const range = { fromTick: this.#channel.startFor(from, stepTicks) ?? from, toTick: head, stepTicks };
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
    const view = this.#view;
    const { backlog } = this.#standing;
    const owed = backlog.first;
    if (!owed) return;
    const perPoint = owed.stepTicks > 1 ? view.pointBytes.merged : view.pointBytes.tick;
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
    if (!room.has(frame.length)) return;
    room.put(frame);
    room.count("blocksSent");
    if (owed.stepTicks > view.key.stepTicks) room.count("ticksMerged", owed.missed);
    this.#change({ backlog: backlog.without(page) });
  }

  /** The first point of a page from which on it is still held; its end where nothing is. */
  #heldFrom({ fromTick, toTick, stepTicks }: Owed): number {
    for (let at = fromTick; at < toTick; at += stepTicks) {
      if (this.#channel.startFor(at, stepTicks) === at) return at;
    }
    return toTick;
  }

  /** The session is at the head: says that all is well again, once it is. */
  #catchUp(room: Room): void {
    if (this.#standing.lastValues === "ending") this.#change({ lastValues: "off" });
    const { behind, backlog, lastValues } = this.#standing;
    if (!behind || backlog.owesMissed || lastValues !== "off") return;
    this.#change({ behind: false });
    this.#tellShed(room);
  }

  /** What the channel leaves out at present; where that is nothing, all is well as soon as what was missed is made up. */
  #tellShed(room: Room): void {
    const { level, everyTicks, lastValuesOnly } = this.#channel.shed;
    this.#change({ shed: level });
    if (level > 0) {
      const state = lastValuesOnly ? "last_values" : "coarse";
      room.say({ type: "quality", view: this.view, state, reason: "shed", step: everyTicks });
    } else if (!this.#standing.behind) {
      room.say({ type: "quality", view: this.view, state: "live" });
    }
  }

  /** Frames that a session did not get when it went from one tick to another by a keyframe; the last it got so. */
  #framesBetween(fromTick: number, toTick: number): number {
    return Math.ceil((toTick - fromTick) / this.#view.key.stepTicks) - 1;
  }

  #pagePoints(bytesPerPoint: number): number {
    const slots = Math.max(1, this.#view.slotCount);
    return Math.max(1, Math.floor(this.#pageBytes / (slots * bytesPerPoint)));
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
