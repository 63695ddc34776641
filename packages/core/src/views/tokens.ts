import type { BitWriter, Mask } from "@metricast/protocol";

/**
 * What a channel has at its newest step, encoded once for everybody: a view picks its series. There is one of these per
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
  /** Memory of what it keeps from tick to tick. */
  readonly bytes: number;
}

/** Series as texts. */
export interface JsonTokens extends Tokens {
  /** Indexes of series that a chain frame names, ascending. */
  readonly changed: readonly number[];
  /** What a chain frame says of a series. */
  token(seriesIndex: number): string;
  /** What a keyframe says of a series. */
  keyToken(seriesIndex: number): string;
}

/** Series as bits. */
export interface BinaryTokens extends Tokens {
  /** What a chain frame says of the series of a view. */
  writeFrame(out: BitWriter, mask: Mask): void;
  /** What a keyframe says of them: all that whoever reads on has to remember. */
  writeState(out: BitWriter, mask: Mask): void;
}
