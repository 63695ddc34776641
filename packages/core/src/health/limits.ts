import type { Report } from "./reporter.js";

/** Something that has a bound and is counted against it. */
export interface WatchedLimit {
  /** The option's name, which `warning` events and health show. */
  readonly name: string;
  used(): number;
  readonly limit: number;
}

export interface LimitState {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  /** At 90 % since it was last under 85 %. */
  readonly near: boolean;
}

const nearAt = 0.9;
/** Lower than `nearAt`, so that a limit which hovers there is not said again and again. */
const clearedUnder = 0.85;

/** Warns when a limit comes near. Owns no timer: whoever ticks calls `check`. */
export class LimitWatch {
  readonly #report: Report;
  readonly #limits = new Set<WatchedLimit>();
  readonly #near = new Set<WatchedLimit>();

  constructor(parts: { readonly report: Report }) {
    this.#report = parts.report;
  }

  /** Returns what ends the watch. */
  add(limit: WatchedLimit): () => void {
    this.#limits.add(limit);
    return () => {
      this.#limits.delete(limit);
      this.#near.delete(limit);
    };
  }

  check(): void {
    for (const limit of this.#limits) this.#checkOne(limit);
  }

  list(): readonly LimitState[] {
    return [...this.#limits].map((limit) => ({
      name: limit.name,
      used: limit.used(),
      limit: limit.limit,
      near: this.#near.has(limit),
    }));
  }

  #checkOne(limit: WatchedLimit): void {
    const used = limit.used();
    const ratio = used / limit.limit;
    if (ratio < clearedUnder) this.#near.delete(limit);
    if (!(ratio >= nearAt) || this.#near.has(limit)) return;
    this.#near.add(limit);
    this.#report("warning", "MC_LIMIT_NEAR", {
      key: limit.name,
      limit: limit.name,
      used,
      bound: limit.limit,
    });
  }
}
