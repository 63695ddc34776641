import type { BlockMessage, FrameMessage, QualityMessage, SubscribedItem } from "@metricast/protocol";
import {
  type ReferenceCell,
  type ReferenceEntry,
  type ReferenceTimeline,
  rangeText,
} from "./reference-timeline.js";
import {
  type ReferenceSeries,
  readBlock,
  readGaps,
  readNumber,
  readPoint,
  readSeries,
  readValue,
  unnamedPoint,
  WireFault,
} from "./reference-values.js";

/** One subscription of metrics on one connection: the dictionary, the chain, and what they add to the timeline. */
export class ReferenceView {
  readonly number: number;
  readonly stepTicks: number;
  /** The last position given, up to and including its last dot. */
  base: string;
  readonly #timeline: ReferenceTimeline;
  readonly #fault: (text: string) => void;
  #generation: number | undefined;
  #tick: number | undefined;
  #dictionary: ReferenceSeries[] = [];
  readonly #keys = new Set<string>();
  #cells: (ReferenceCell | undefined)[] = [];
  /** A histogram's slots stay while it is stale or absent. */
  #slots: number[][] = [];
  /** Whether what is missed is not made up; `ending` once it is live after what is on its way. */
  #lastValues: "off" | "on" | "ending" = "off";

  constructor(item: SubscribedItem, timeline: ReferenceTimeline, fault: (text: string) => void) {
    this.number = item.view;
    this.stepTicks = item.stepTicks ?? 1;
    this.base = item.position.slice(0, item.position.lastIndexOf(".") + 1);
    this.#timeline = timeline;
    this.#fault = fault;
  }

  /** The last frame's tick on this connection. */
  get tick(): number | undefined {
    return this.#tick;
  }

  takeFrame(frame: FrameMessage): void {
    const { tick, prev } = frame;
    if (!Number.isSafeInteger(tick) || tick % this.stepTicks !== 0)
      throw new WireFault(`a frame of tick ${tick}`);
    if (prev === undefined) this.#beginKeyframe(frame);
    else this.#follow(frame, prev);
    if (this.#lastValues === "ending") this.#lastValues = "off";
    const named = this.#apply(frame, prev === undefined);
    this.#tick = tick;
    if (frame.position !== undefined) this.#takePosition(frame.position, tick);
    if (prev === undefined && frame.position === undefined) this.#fault("a keyframe without position");
    this.#addEntry(frame, named);
  }

  takeBlock(block: BlockMessage): void {
    const { from, to, step, generation } = block;
    if (generation !== this.#generation) this.#fault(`a block of generation ${generation}`);
    if (!(from < to) || step < 1 || step % this.stepTicks !== 0)
      throw new WireFault(`a block ${rangeText(block)} at ${step}`);
    const entries = readBlock(block, (id) => this.#dictionary[id]);
    this.#timeline.take({ from, to }, step, entries, readGaps(block));
  }

  takeQuality({ state, reason, from, to, step }: QualityMessage): void {
    if (state === "last_values") this.#lastValues = "on";
    // The server spares its host in another way from here on, or not at all: what is missed is made up again.
    const isOver = state === "live" || (state === "coarse" && reason === "shed");
    if (isOver && this.#lastValues === "on") this.#lastValues = "ending";
    if (reason === "shed") return;
    if (state === "live" && this.#timeline.due.some(({ whole }) => whole)) this.#liveBefore();
    if (state !== "catching_up" && state !== "coarse") return;
    if (from === undefined || to === undefined || step === undefined)
      throw new WireFault("quality without range");
    if ((state === "coarse") !== step > this.stepTicks) this.#fault(`${state} at ${step}`);
    this.#timeline.oweMissed({ from, to, step, claimed: true, whole: true });
  }

  // --- frames ---

  #beginKeyframe(frame: FrameMessage): void {
    // Of this connection: a view of a coarser step may begin behind what is held of a finer one.
    const known = this.#tick;
    if (known !== undefined && frame.tick < known) this.#fault(`a keyframe of ${frame.tick} after ${known}`);
    if (frame.generation === undefined) throw new WireFault("a keyframe without generation");
    this.#generation = frame.generation;
    this.#dictionary = [];
    this.#keys.clear();
    this.#cells = [];
    this.#slots = [];
    this.#checkJump(frame.tick);
  }

  /** What lies between the client's tick and a keyframe is announced, or declared lost. */
  #checkJump(tick: number): void {
    const timeline = this.#timeline;
    const from = timeline.tick ?? timeline.start;
    const to = tick - this.stepTicks;
    if (from === undefined || to <= from) return;
    // All but what is due already: a resume's history ends where the server stood when it answered.
    let at = from;
    for (const due of [...timeline.due].reverse()) if (due.from <= at && due.to > at) at = due.to;
    if (at >= to) return;
    if (this.#lastValues !== "off") timeline.holes = [...timeline.holes, { from: at, to }];
    else this.#fault(`a keyframe of ${tick} leaves out ${rangeText({ from: at, to })}`);
  }

  #follow({ tick }: FrameMessage, prev: number): void {
    if (this.#generation === undefined) throw new WireFault("a chain without a keyframe");
    if (prev !== this.#tick) throw new WireFault(`frame ${tick} follows ${prev}, not ${this.#tick}`);
    if (tick <= prev) throw new WireFault(`frame ${tick} follows ${prev}`);
    const between = { from: prev, to: tick - this.stepTicks };
    if (between.to > between.from) this.#timeline.skip(between);
  }

  /** Gives the ids that the frame names. */
  #apply(frame: FrameMessage, isKeyframe: boolean): ReadonlySet<number> {
    for (const wire of frame.series ?? []) this.#enter(readSeries(wire));
    if (frame.i.length !== frame.v.length) throw new WireFault("ids and values differ in number");
    const named = new Set<number>();
    let id = 0;
    for (const [k, distance] of frame.i.entries()) {
      if (distance === 0 && k > 0) throw new WireFault("an id twice");
      id += readNumber(distance);
      this.#set(id, frame.v[k]);
      named.add(id);
    }
    if (isKeyframe && named.size !== this.#dictionary.length) this.#fault("a keyframe without all values");
    return named;
  }

  #enter(series: ReferenceSeries): void {
    if (this.#keys.has(series.key)) throw new WireFault(`${series.key} has two ids`);
    this.#keys.add(series.key);
    this.#dictionary.push(series);
    this.#cells.push(undefined);
    this.#slots.push(new Array<number>(series.slots).fill(0));
  }

  #set(id: number, wire: unknown): void {
    const series = this.#dictionary[id];
    const slots = this.#slots[id];
    if (series === undefined || slots === undefined) throw new WireFault(`no series of id ${id}`);
    const cell =
      this.stepTicks === 1 ? readValue(wire, series, slots) : readPoint(wire, series, this.stepTicks);
    this.#cells[id] = cell;
    if (cell?.kind === "values") this.#slots[id] = [...cell.values];
  }

  #addEntry({ tick, prev }: FrameMessage, named: ReadonlySet<number>): void {
    const cells = new Map<string, ReferenceCell>();
    for (const [id, series] of this.#dictionary.entries()) {
      const before = this.#cells[id];
      const isHeld = this.stepTicks > 1 && !named.has(id);
      const cell = isHeld ? unnamedPoint(before, series, this.stepTicks) : before;
      this.#cells[id] = cell;
      if (cell) cells.set(series.key, cell);
    }
    const origin: ReferenceEntry["origin"] = prev === undefined ? "keyframe" : "frame";
    this.#timeline.add({ from: tick - this.stepTicks, to: tick, origin, series: cells });
  }

  #takePosition(position: string, tick: number): void {
    const dot = position.lastIndexOf(".") + 1;
    if (position.slice(dot) !== String(tick)) this.#fault(`the position ${position} at tick ${tick}`);
    this.base = position.slice(0, dot);
  }

  /** `live` may come just before the last block. */
  #liveBefore(): void {
    const missed = this.#timeline.due.filter(({ whole }) => whole);
    if (missed.length > 1) this.#fault("live, with more than one range still due");
  }
}
