/** A number of a message within bounds; what is no number becomes the default. */
export function clamp(value: unknown, min: number, max: number, byDefault: number): number {
  return typeof value === "number" ? Math.min(Math.max(value, min), max) : byDefault;
}
