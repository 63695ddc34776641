import type { Clock } from "../contracts/clock.js";
import type { Report } from "../health/reporter.js";
import { LoopProbe } from "./loop-probe.js";
import { Shedding, type SheddingOptions, type ShedState } from "./shedding.js";

export interface PressureParts {
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  readonly options: SheddingOptions & { readonly shed: boolean };
  readonly report: Report;
}

export interface PressureHealth extends ShedState {
  /** By how much the event loop is late, in the middle of the last seconds; absent while that is not known. */
  readonly lateMs?: number;
}

const lookMs = 250;

/** The host's event loop as metricast sees it, and what of metricast's own work is left out while it runs late. */
export class Pressure {
  readonly #parts: PressureParts;
  readonly #shedding: Shedding;
  readonly #probe: LoopProbe;
  readonly #listeners: ((state: ShedState) => void)[] = [];

  constructor(parts: PressureParts) {
    const { clock, options } = parts;
    this.#parts = parts;
    this.#shedding = new Shedding({
      options,
      onChange: (state, lateMs) => this.#tell(state, lateMs),
    });
    this.#probe = new LoopProbe({
      clock,
      everyMs: lookMs,
      onLook: (lateMs, nowMs) => this.#shedding.look(lateMs, nowMs),
    });
  }

  get state(): ShedState {
    return this.#shedding.state;
  }

  health(): PressureHealth {
    const lateMs = this.#shedding.lateMs(this.#parts.clock.monotonicMs());
    return { ...this.state, ...(lateMs === undefined ? {} : { lateMs: Math.round(lateMs) }) };
  }

  /** Told after every change. */
  onChange(listener: (state: ShedState) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    const { clock, options } = this.#parts;
    if (!options.shed) return;
    this.#shedding.begin(clock.monotonicMs());
    this.#probe.start();
  }

  stop(): void {
    this.#probe.stop();
  }

  #tell(state: ShedState, lateMs: number): void {
    for (const listener of this.#listeners) listener(state);
    const { level } = state;
    this.#parts.report("warning", "MC_SHED", { key: `level ${level}`, ...state, lateMs: Math.round(lateMs) });
  }
}
