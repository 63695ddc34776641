import type { Clock } from "../contracts/clock.js";
import type { Cost } from "./cost.js";
import { RateWindow } from "./rate-window.js";
import type { Stats } from "./stats.js";

/** What metricast takes of the process, lately. */
export interface CostHealth {
  /** Part of the time in which metricast itself kept the event loop, 1 being all of it; over about ten seconds. */
  readonly cpuShare: number;
  /** The same of the host's sources while they were read. */
  readonly sourcesShare: number;
  readonly sentBytesPerSecond: number;
}

export interface OwnCostParts {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly cost: Pick<Cost, "totalMs" | "apartMs">;
  readonly stats: Pick<Stats, "bytesOut">;
}

const windowMs = 10_000;

/** How much metricast costs, over the last seconds and not since the start. Owns no timer: whoever sweeps calls `note`. */
export class OwnCost {
  readonly #parts: OwnCostParts;
  readonly #own = new RateWindow(windowMs);
  readonly #sources = new RateWindow(windowMs);
  readonly #bytes = new RateWindow(windowMs);

  constructor(parts: OwnCostParts) {
    this.#parts = parts;
  }

  /** Keeps the window moving while nobody asks. */
  note(): void {
    this.read();
  }

  read(): CostHealth {
    const { clock, cost, stats } = this.#parts;
    const nowMs = clock.monotonicMs();
    return {
      cpuShare: this.#own.perSecond(nowMs, cost.totalMs) / 1_000,
      sourcesShare: this.#sources.perSecond(nowMs, cost.apartMs) / 1_000,
      sentBytesPerSecond: this.#bytes.perSecond(nowMs, stats.bytesOut),
    };
  }
}
