import { Lateness } from "./lateness.js";

/** What metricast leaves out of its own work, step by step. */
export interface ShedState {
  /** 0: nothing is left out. */
  readonly level: number;
  /** One tick in so many is sampled. */
  readonly everyTicks: number;
  /** Whether what sessions miss is not made up. */
  readonly lastValuesOnly: boolean;
}

export interface SheddingOptions {
  /** Late by so much at half of the looks: ticks are left out. */
  readonly shedLateMs: number;
  /** Late by so much: sessions get last values only, too. */
  readonly shedLastValuesLateMs: number;
}

export interface SheddingParts {
  readonly options: SheddingOptions;
  readonly onChange: (state: ShedState, lateMs: number) => void;
}

export const nothingShed: ShedState = { level: 0, everyTicks: 1, lastValuesOnly: false };
const levels: readonly ShedState[] = [
  nothingShed,
  { level: 1, everyTicks: 2, lastValuesOnly: false },
  { level: 2, everyTicks: 4, lastValuesOnly: false },
  { level: 3, everyTicks: 4, lastValuesOnly: true },
];

/** Pressure is what lasts so long: a collection of garbage or a debugger does not. */
const sustainedMs = 3_000;
const lateShare = 0.5;
/** Calm is what is below half of the bound, but for a few looks, and lasts so long. */
const calmMs = 5_000;
const calmRatio = 0.5;
const calmShare = 0.25;
/** Where pressure is back so soon after a step down, calm has to last twice as long the next time, up to a bound. */
const relapseMs = 20_000;
const longestCalmMs = 60_000;

/**
 * Decides how much is shed by how late the event loop runs: one level up at a time while pressure lasts, one down at a
 * time when it is over. Each level has as much time to help as it took to reach it.
 */
export class Shedding {
  readonly #parts: SheddingParts;
  readonly #lateness = new Lateness(calmMs);
  #state = nothingShed;
  #changedMs = Number.NEGATIVE_INFINITY;
  #steppedDown = false;
  #calmSinceMs: number | undefined;
  #calmMs = calmMs;

  constructor(parts: SheddingParts) {
    this.#parts = parts;
  }

  get state(): ShedState {
    return this.#state;
  }

  /** Median lateness of the last seconds; undefined while too little is known. */
  lateMs(nowMs: number): number | undefined {
    return this.#lateness.medianMs(sustainedMs, nowMs);
  }

  /** Looking begins now. */
  begin(nowMs: number): void {
    this.#changedMs = nowMs;
    this.#lateness.clear(nowMs);
  }

  /** Takes a look at the event loop. */
  look(lateMs: number, nowMs: number): void {
    this.#lateness.add(lateMs, nowMs);
    const { level } = this.#state;
    const higher = levels[level + 1];
    if (higher !== undefined && this.#isPressed(higher, nowMs)) this.#go(higher, nowMs);
    else if (level > 0 && this.#isCalm(nowMs)) this.#go(levels[level - 1] ?? nothingShed, nowMs);
  }

  #isPressed(higher: ShedState, nowMs: number): boolean {
    const share = this.#lateness.share(this.#boundMs(higher), sustainedMs, nowMs);
    return share !== undefined && share >= lateShare;
  }

  #isCalm(nowMs: number): boolean {
    const share = this.#lateness.share(this.#boundMs(this.#state) * calmRatio, calmMs, nowMs);
    if (share === undefined || share >= calmShare) {
      this.#calmSinceMs = undefined;
      return false;
    }
    // The looks that say so reach back as long as the shortest calm.
    this.#calmSinceMs ??= nowMs - calmMs;
    return nowMs - this.#calmSinceMs >= this.#calmMs;
  }

  #boundMs({ lastValuesOnly }: ShedState): number {
    const { shedLateMs, shedLastValuesLateMs } = this.#parts.options;
    return lastValuesOnly ? shedLastValuesLateMs : shedLateMs;
  }

  #go(state: ShedState, nowMs: number): void {
    const isUp = state.level > this.#state.level;
    if (isUp && this.#steppedDown) this.#calmMs = this.#nextCalmMs(nowMs);
    const lateMs = this.lateMs(nowMs) ?? 0;
    this.#state = state;
    this.#steppedDown = !isUp;
    this.#changedMs = nowMs;
    this.#calmSinceMs = undefined;
    this.#lateness.clear(nowMs);
    this.#parts.onChange(state, lateMs);
  }

  #nextCalmMs(nowMs: number): number {
    const isRelapse = nowMs - this.#changedMs < relapseMs;
    return isRelapse ? Math.min(2 * this.#calmMs, longestCalmMs) : calmMs;
  }
}
