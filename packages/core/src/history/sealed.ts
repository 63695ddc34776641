import type { Block, TickRange } from "@metricast/protocol";
import type { PackedRawSegment } from "./packed-raw-segment.js";
import type { PackedTierSegment } from "./packed-tier-segment.js";
import { SealedDictionary, writeSealed } from "./sealed-bytes.js";
import { rangeOf, rawBlock, tierBlock } from "./segment-block.js";

/** A packed segment, as history hands it to whoever keeps it longer. */
export interface SealedBlock extends TickRange {
  /** 1: every tick; else a tier's step. */
  readonly stepTicks: number;
  /** What `readSealed` reads: the packed segment, and what it takes to read it alone. Made at first use, and shared. */
  readonly bytes: Uint8Array;
  /** Makes the block. May be called later and more than once, also after history let go of the segment. */
  read(): Block;
}

interface RangesWithin {
  within(fromTick: number, toTick: number): readonly TickRange[];
}

/** Makes the sealed blocks of one channel. */
export class Seals {
  readonly #gaps: RangesWithin;
  readonly #dictionary = new SealedDictionary();

  constructor(gaps: RangesWithin) {
    this.#gaps = gaps;
  }

  raw(segment: PackedRawSegment): SealedBlock {
    return this.#sealed(segment, 1, (gaps) => rawBlock(segment, gaps));
  }

  tier(segment: PackedTierSegment): SealedBlock {
    const { stepTicks } = segment;
    return this.#sealed(segment, stepTicks, (gaps) => tierBlock(segment, stepTicks, gaps));
  }

  #sealed(
    segment: PackedRawSegment | PackedTierSegment,
    stepTicks: number,
    read: (gaps: readonly TickRange[]) => Block,
  ): SealedBlock {
    const range = rangeOf(segment, stepTicks);
    // Later on they may be forgotten.
    const gaps = this.#gaps.within(range.fromTick, range.toTick);
    const dictionary = this.#dictionary;
    let bytes: Uint8Array | undefined;
    return {
      ...range,
      stepTicks,
      get bytes() {
        bytes ??= writeSealed({ segment, stepTicks, gaps, dictionary: dictionary.of(segment) });
        return bytes;
      },
      read: () => read(gaps),
    };
  }
}
