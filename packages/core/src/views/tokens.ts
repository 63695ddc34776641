/**
 * Series encoded once per tick for everybody: a view picks the tokens of its series. There is one source of tokens per
 * (channel, merge, step, codec).
 */
export interface Tokens {
  readonly stepTicks: number;
  /** The tick the tokens are of; undefined before the first. */
  readonly tick: number | undefined;
  /** The step before it; undefined on the first. */
  readonly prev: number | undefined;
  /** Series that existed at this tick are those below this index. */
  readonly seriesCount: number;
  /** Indexes of series that a chain frame names, ascending. */
  readonly changed: readonly number[];
  /** What a chain frame says of a series. */
  token(seriesIndex: number): string;
  /** What a keyframe says of a series. */
  keyToken(seriesIndex: number): string;
}
