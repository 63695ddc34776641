import type { Aggregator, SeriesKind } from "@metricast/protocol";

/** Reads samples from the host when a tick asks for them. Owns no timer. */
export interface Source {
  readonly name: string;
  /**
   * Read only while the channel is watched: by a session, whatever it selects, or by others through a shared store, and
   * for `viewLingerMs` after. Retention does not count. Its series are absent otherwise. Default false.
   */
  readonly lazy?: boolean;
  /** Answers within the channel's deadline; `signal` aborts when it has passed. Never called while a call is pending. */
  read(context: SourceContext): Samples | Promise<Samples>;
  close?(): void;
}

export interface SourceContext {
  /** Milliseconds since the Unix epoch of the tick that asks. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/** The smallest source: a function returning `{ name: number }`. */
export type SourceFunction = (context: SourceContext) => Samples | Promise<Samples>;

/** A plain `{ name: number }` object, or samples with more to say. */
export type Samples = Readonly<Record<string, number>> | Iterable<Sample> | AsyncIterable<Sample>;

export interface Sample {
  readonly name: string;
  readonly value: number | HistogramValue;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Default: `gauge`, or `histogram` where the value is one. */
  readonly kind?: SeriesKind | undefined;
  readonly unit?: string | undefined;
  readonly help?: string | undefined;
  readonly aggregator?: Aggregator | undefined;
}

/**
 * A histogram's state since its start. `counts` holds each bucket's own count, not cumulative over buckets: one per
 * bound, and one more for what lies above the last bound (taken from `count` when it is left out).
 */
export interface HistogramValue {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
  readonly count: number;
}
