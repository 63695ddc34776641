/** A number of a message within bounds; what is no number becomes the default. */
export function clamp<D>(value: unknown, min: number, max: number, byDefault: D): number | D {
  return typeof value === "number" ? Math.min(Math.max(value, min), max) : byDefault;
}
