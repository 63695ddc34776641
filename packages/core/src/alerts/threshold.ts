/** Which side of a number is bad, and from where on it is good again. */
export interface Threshold {
  readonly side: "above" | "below";
  readonly at: number;
  readonly clearAt: number | undefined;
}

/** Whether a measure is bad; one that was is so until it is past where it clears. Where there is none it is not. */
export function isBad({ side, at, clearAt }: Threshold, measure: number | undefined, was: boolean): boolean {
  if (measure === undefined) return false;
  if (was && clearAt !== undefined) return side === "above" ? !(measure < clearAt) : !(measure > clearAt);
  return side === "above" ? measure > at : measure < at;
}
