import {
  type BitWriter,
  type BlockSeries,
  frameSlots,
  isGaugeColumn,
  type Mask,
  type StaleCause,
  TickWriter,
} from "@metricast/protocol";
import { type Batch, type Columns, type Series, seriesState } from "../contracts/feed.js";
import { StepHead } from "./step-head.js";
import { isConstant, type ReadPoints } from "./step-point.js";
import type { BinaryTokens } from "./tokens.js";

/** Tokens of a channel at a coarser step, as bits: each is a point over the step, taken from history. */
export class BinaryStepTokens implements BinaryTokens {
  readonly stepTicks: number;
  readonly #columns: Columns;
  readonly #read: ReadPoints;
  readonly #head: StepHead;
  readonly #writer = new TickWriter();
  /** Slots and states of the newest points. */
  #values = new Float64Array(0);
  #states = new Uint8Array(0);
  /** Why series were stale when they last had no point. */
  readonly #causes: (StaleCause | undefined)[] = [];
  #slotCount = 0;

  constructor(stepTicks: number, columns: Columns, read: ReadPoints) {
    this.stepTicks = stepTicks;
    this.#columns = columns;
    this.#read = read;
    this.#head = new StepHead(stepTicks);
  }

  get tick(): number | undefined {
    return this.#head.tick;
  }
  get prev(): number | undefined {
    return this.#head.prev;
  }
  get seriesCount(): number {
    return this.#writer.seriesCount;
  }

  get bytes(): number {
    return this.#writer.bytes + this.#values.byteLength + this.#states.byteLength;
  }

  /** Takes the step that a batch completes; false when it completes none. */
  advance(batch: Pick<Batch, "tick" | "columns">): boolean {
    const step = this.#head.advance(batch.tick);
    if (step === undefined) return false;
    const { series } = batch.columns;
    this.#admit(series);
    const points = this.#read(series, step - this.stepTicks, step);
    const changed = series.filter(({ index }) => this.#take(index, points[index]));
    this.#writer.advance(
      changed.map(({ index }) => index),
      { values: this.#values, states: this.#states, staleCause: (index) => this.staleCause(index) },
    );
    return true;
  }

  writeFrame(out: BitWriter, mask: Mask): void {
    this.#writer.writeFrame(out, mask);
  }

  writeState(out: BitWriter, mask: Mask): void {
    this.#writer.writeState(out, mask);
  }

  staleCause(index: number): StaleCause | undefined {
    return this.#columns.staleCause(index);
  }

  #admit(series: readonly Series[]): void {
    for (let index = this.seriesCount; index < series.length; index++) {
      const info = series[index]?.info ?? { kind: "gauge" };
      const width = frameSlots(info, this.stepTicks);
      this.#writer.add(width);
      this.#slotCount += width;
    }
    if (this.#values.length < this.#slotCount) {
      const values = new Float64Array(this.#slotCount * 2);
      values.set(this.#values);
      this.#values = values;
    }
    if (this.#states.length < series.length) {
      const states = new Uint8Array(series.length * 2);
      states.set(this.#states);
      this.#states = states;
    }
  }

  /** Whether a chain frame has to name the series: one that it does not name held what it had, through all ticks. */
  #take(index: number, point: BlockSeries | undefined): boolean {
    const before = this.#states[index];
    const state = this.#stateOf(index, point);
    this.#states[index] = state;
    if (!point || state !== seriesState.live) {
      const cause = state === seriesState.stale ? this.staleCause(index) : undefined;
      const isOther = cause !== this.#causes[index];
      this.#causes[index] = cause;
      return state !== before || isOther;
    }
    const moved = this.#write(this.#writer.firstSlot(index), point);
    return moved || before !== seriesState.live || !isConstant(point, this.stepTicks);
  }

  #stateOf(index: number, point: BlockSeries | undefined): number {
    if (point && point.columns.length > 0 && point.count[0] !== 0) return seriesState.live;
    return this.#columns.states[index] === seriesState.stale ? seriesState.stale : seriesState.absent;
  }

  /** Puts a point into its slots; false where all of them have it already. */
  #write(first: number, { columns, count }: BlockSeries): boolean {
    let moved = false;
    const put = (slot: number, value: number | undefined) => {
      moved ||= !Object.is(this.#values[first + slot], value);
      this.#values[first + slot] = value ?? Number.NaN;
    };
    columns.forEach((column, slot) => {
      put(slot, column.last[0]);
      if (isGaugeColumn(column)) {
        put(1, column.min[0]);
        put(2, column.max[0]);
        put(3, count[0]);
        put(4, column.sum[0]);
      } else put(columns.length + slot, column.increase[0]);
    });
    return moved;
  }
}
