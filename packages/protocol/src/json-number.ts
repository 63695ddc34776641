import type { WireNumber } from "./wire-values.js";

/** A number as JSON carries it; exact for every number but for the payload of a NaN. */
export function encodeNumber(value: number): WireNumber {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : value;
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : "NaN";
}

/** The JSON text of a number, ready to be joined into a message. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '"-0"' : String(value);
  return `"${encodeNumber(value)}"`;
}

/** The number behind a JSON value, or undefined where it is none. */
export function decodeNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  switch (value) {
    case "NaN":
      return Number.NaN;
    case "+Inf":
      return Infinity;
    case "-Inf":
      return -Infinity;
    case "-0":
      return -0;
    default:
      return undefined;
  }
}
