import { hostCodes, type StaleCause } from "@metricast/protocol";
import type { Source } from "../contracts/source.js";
import type { Cost } from "../health/cost.js";
import { errorText } from "../health/error-text.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import { Roster } from "./family.js";
import { isAsyncIterable, isThenable, type Normaliser } from "./normaliser.js";
import type { ReadContext } from "./read-context.js";
import type { Reading } from "./reading.js";

export type SourceStatus = "ok" | "failing" | "timeout" | "backoff";

export interface SourceState {
  readonly name: string;
  /** `failing`: the last read failed. `timeout`: it did not answer in time. `backoff`: it failed and is left alone for a while. */
  readonly status: SourceStatus;
  /** Reads that failed or were late, since the start. */
  readonly failures: number;
  readonly lastError?: string;
  /** Milliseconds since the Unix epoch of the last read that gave samples. */
  readonly lastReadMs?: number;
}

/** What a source brings to a batch. `kept`: nothing new is known. */
export type Outcome = Reading | { readonly stale: StaleCause } | "idle" | "kept";

export interface SourceReaderParts {
  readonly channel: string;
  readonly name: string;
  readonly source: Source;
  readonly normaliser: Normaliser;
  readonly backOffTicks: (failuresInARow: number) => number;
  readonly isWanted: () => boolean;
  readonly time: { nowMs(): number };
  readonly stats: Pick<Stats, "sourceFailures" | "sourceTimeouts">;
  readonly report: Report;
  readonly cost: Pick<Cost, "measure" | "measureApart">;
}

/** Reads one source: one call at a time, rarer after failures, and nothing it does gets out of here. */
export class SourceReader {
  readonly name: string;
  readonly roster = new Roster();
  readonly #parts: SourceReaderParts;
  readonly #lazy: boolean;
  /** The call under way; its answer counts only while it stands here. */
  #flight: ReadContext | undefined;
  #outcome: Outcome = "kept";
  #failuresInARow = 0;
  #resumeTick = Number.NEGATIVE_INFINITY;
  #tick = 0;
  #status: SourceStatus = "ok";
  #failures = 0;
  #lastError: string | undefined;
  #lastReadMs: number | undefined;
  #closed = false;

  constructor(parts: SourceReaderParts) {
    this.#parts = parts;
    this.name = parts.name;
    this.#lazy = parts.source.lazy === true;
  }

  get isPending(): boolean {
    return this.#flight !== undefined;
  }

  /** Whether it is lazy, and nothing of it is left in the channel. */
  get isResting(): boolean {
    return this.#lazy && this.#flight === undefined && this.roster.members.length === 0;
  }

  get state(): SourceState {
    return {
      name: this.name,
      status: this.#isLeftAlone(this.#tick + 1) ? "backoff" : this.#status,
      failures: this.#failures,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      ...(this.#lastReadMs === undefined ? {} : { lastReadMs: this.#lastReadMs }),
    };
  }

  /** Asks the source, unless it is still at an earlier question. Calls `settled` later only where it returns true. */
  begin(context: ReadContext, tick: number, settled: () => void): boolean {
    this.#tick = tick;
    if (this.#flight !== undefined || this.#isLeftAlone(tick)) return false;
    if (this.#lazy && !this.#parts.isWanted()) {
      this.#outcome = "idle";
      return false;
    }
    const answer = this.#ask(context);
    if (answer === undefined) return false;
    this.#flight = context;
    answer.then(
      (reading) => this.#land(context, settled, () => this.#accept(reading)),
      (cause: unknown) => this.#land(context, settled, () => this.#refuse("failed", cause, context.aborted)),
    );
    return true;
  }

  /** The batch closes without the answer; when it comes, it joins the batch of then. */
  missDeadline(): void {
    this.#failures += 1;
    this.#parts.stats.sourceTimeouts += 1;
    this.#status = "timeout";
    this.#report("MC_SOURCE_TIMEOUT", undefined);
    if (this.#outcome === "kept") this.#outcome = { stale: "timeout" };
  }

  takeOutcome(): Outcome {
    const outcome = this.#outcome;
    this.#outcome = "kept";
    return outcome;
  }

  /** Forgets the call under way and closes the source. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flight = undefined;
    try {
      this.#parts.source.close?.();
    } catch (cause) {
      this.#report("MC_SOURCE_FAILED", cause);
    }
  }

  /** Undefined where everything is settled already. */
  #ask(context: ReadContext): Promise<Reading | undefined> | undefined {
    try {
      const { source, cost } = this.#parts;
      const answer: unknown = cost.measureApart(() => source.read(context));
      if (isThenable(answer) || isAsyncIterable(answer)) return this.#await(answer);
      this.#accept(this.#parts.normaliser.read(answer));
    } catch (cause) {
      this.#refuse("failed", cause, false);
    }
    return undefined;
  }

  async #await(answer: unknown): Promise<Reading | undefined> {
    const { normaliser, cost } = this.#parts;
    const samples: unknown = await answer;
    if (isAsyncIterable(samples)) return normaliser.readAsync(samples);
    return cost.measure(() => normaliser.read(samples));
  }

  #land(context: ReadContext, settled: () => void, take: () => void): void {
    if (this.#flight !== context) return;
    this.#flight = undefined;
    this.#parts.cost.measure(() => {
      take();
      // It may have been the last that its batch waited for.
      settled();
    });
  }

  #accept(reading: Reading | undefined): void {
    if (reading === undefined) return this.#refuse("garbage", undefined, false);
    this.#outcome = reading;
    this.#failuresInARow = 0;
    this.#lastReadMs = this.#parts.time.nowMs();
    this.#status = "ok";
  }

  /** After its deadline a source was told to give up: its failing then was counted as the timeout. */
  #refuse(how: "failed" | "garbage", cause: unknown, wasLate: boolean): void {
    this.#failuresInARow += 1;
    this.#resumeTick = this.#tick + this.#parts.backOffTicks(this.#failuresInARow);
    if (wasLate) return;
    this.#failures += 1;
    this.#parts.stats.sourceFailures += 1;
    this.#status = "failing";
    this.#outcome = { stale: how };
    this.#report(how === "garbage" ? "MC_SOURCE_GARBAGE" : "MC_SOURCE_FAILED", cause);
  }

  #isLeftAlone(tick: number): boolean {
    return tick < this.#resumeTick;
  }

  #report(code: "MC_SOURCE_FAILED" | "MC_SOURCE_TIMEOUT" | "MC_SOURCE_GARBAGE", cause: unknown): void {
    this.#lastError = cause === undefined ? hostCodes[code] : errorText(cause);
    const { channel, report } = this.#parts;
    report("error", code, { source: this.name, channel }, cause);
  }
}
