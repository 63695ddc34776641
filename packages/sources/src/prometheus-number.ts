/** Constant pattern: digits with at most one point, and an exponent. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * A number as expositions write it, or undefined. `NaN` and `Inf` in any case: prom-client writes `Nan`.
 * JavaScript's own reading is too generous: it takes "" for 0 and "0x10" for 16.
 */
export function readNumber(text: string): number | undefined {
  if (decimal.test(text)) return Number(text);
  switch (text.toLowerCase()) {
    case "nan":
    case "+nan":
    case "-nan":
      return Number.NaN;
    case "inf":
    case "+inf":
    case "infinity":
    case "+infinity":
      return Number.POSITIVE_INFINITY;
    case "-inf":
    case "-infinity":
      return Number.NEGATIVE_INFINITY;
    default:
      return undefined;
  }
}

/** The bound in a bucket's `le`, as `unfold` writes it. */
export function writeBound(bound: number): string {
  return bound === Number.POSITIVE_INFINITY ? "+Inf" : String(bound);
}
