import { type BlockSeries, isGaugeColumn, numberText } from "@metricast/protocol";
import { type Batch, type Columns, type Series, seriesState } from "../contracts/feed.js";
import { StepHead } from "./step-head.js";
import { isConstant, type ReadPoints } from "./step-point.js";
import type { JsonTokens } from "./tokens.js";

/** Of a token and what else is kept of its series, about. */
const textBytes = 64;

/** JSON tokens of a channel at a coarser step: each is a point over the step, taken from history. */
export class JsonStepTokens implements JsonTokens {
  readonly stepTicks: number;
  readonly #columns: Columns;
  readonly #read: ReadPoints;
  readonly #head: StepHead;
  #seriesCount = 0;
  #changed: number[] = [];
  #tokens: string[] = [];
  /** Last values as the tokens told them: a constant point that repeats one is not told again. */
  #told: number[] = [];

  constructor(stepTicks: number, columns: Columns, read: ReadPoints) {
    this.stepTicks = stepTicks;
    this.#head = new StepHead(stepTicks);
    this.#columns = columns;
    this.#read = read;
  }

  get tick(): number | undefined {
    return this.#head.tick;
  }
  get prev(): number | undefined {
    return this.#head.prev;
  }
  get changed(): readonly number[] {
    return this.#changed;
  }
  get seriesCount(): number {
    return this.#seriesCount;
  }

  get bytes(): number {
    return textBytes * this.#tokens.length;
  }

  /** Takes the step that a batch completes; false when it completes none. */
  advance(batch: Pick<Batch, "tick" | "columns">): boolean {
    const step = this.#head.advance(batch.tick);
    if (step === undefined) return false;
    this.#encodeAll(batch.columns.series, step);
    return true;
  }

  token(seriesIndex: number): string {
    return this.#tokens[seriesIndex] ?? "null";
  }

  keyToken(seriesIndex: number): string {
    return this.token(seriesIndex);
  }

  #encodeAll(series: readonly Series[], step: number): void {
    this.#seriesCount = series.length;
    this.#changed = [];
    const points = this.#read(series, step - this.stepTicks, step);
    for (let index = 0; index < series.length; index++) {
      const point = points[index];
      const token = point ? this.#encode(point, index) : "null";
      if (this.#tells(index, token, point)) this.#changed.push(index);
      this.#tokens[index] = token;
    }
  }

  #tells(index: number, token: string, point: BlockSeries | undefined): boolean {
    if (!point || point.count[0] === 0) return this.#tokens[index] !== token;
    const [column] = point.columns;
    const last = column?.last[0] ?? Number.NaN;
    const repeats =
      isConstant(point, this.stepTicks) && Object.is(this.#told[index], last) && this.#wasLive(index);
    this.#told[index] = last;
    return !repeats;
  }

  #wasLive(index: number): boolean {
    const before = this.#tokens[index];
    return before !== undefined && before !== "null" && !before.startsWith("{");
  }

  #encode(point: BlockSeries, index: number): string {
    const [column] = point.columns;
    if (!column || point.count[0] === 0) return this.#absent(index);
    if (point.info.kind === "histogram") return encodeHistogram(point);
    const last = numberText(column.last[0] ?? Number.NaN);
    if (!isGaugeColumn(column)) return `[${last},${increaseText(column.increase[0])}]`;
    if (isConstant(point, this.stepTicks)) return last;
    const rest = [column.min, column.max, column.sum].map((values) => numberText(values[0] ?? Number.NaN));
    return `[${last},${rest.join(",")},${point.count[0]}]`;
  }

  #absent(index: number): string {
    if (this.#columns.states[index] !== seriesState.stale) return "null";
    return `{"stale":"${this.#columns.staleCause(index) ?? "failed"}"}`;
  }
}

function increaseText(increase: number | undefined): string {
  return increase === undefined || Number.isNaN(increase) ? "null" : numberText(increase);
}

function encodeHistogram(point: BlockSeries): string {
  const lasts: string[] = [];
  const increases: string[] = [];
  point.columns.forEach((column, slot) => {
    lasts.push(`${slot},${numberText(column.last[0] ?? 0)}`);
    if (!isGaugeColumn(column)) increases.push(`${slot},${increaseText(column.increase[0])}`);
  });
  return `{"slots":[${lasts.join(",")}],"increase":[${increases.join(",")}]}`;
}
