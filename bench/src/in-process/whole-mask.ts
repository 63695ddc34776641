import type { Mask } from "@metricast/protocol";

/** A view that holds every series. */
export class WholeMask implements Mask {
  readonly ids: Int32Array;
  readonly members: readonly number[];
  readonly bits: Uint32Array;
  readonly words: readonly number[];

  constructor(series: number) {
    this.members = Array.from({ length: series }, (_, index) => index);
    this.ids = Int32Array.from(this.members);
    this.bits = new Uint32Array((series + 31) >>> 5);
    for (const index of this.members)
      this.bits[index >>> 5] = (this.bits[index >>> 5] ?? 0) | (1 << (index & 31));
    this.words = [...this.bits.keys()];
  }
}
