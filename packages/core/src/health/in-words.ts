import { errorText } from "./error-text.js";
import { logText } from "./log-text.js";

/**
 * What a report is about, for whoever reads its message alone: ` (source pool, channel metrics: connect ECONNREFUSED)`.
 * One line whatever stands in it; lists and objects are left to `details`.
 */
export function inWords(details: Readonly<Record<string, unknown>>, cause?: unknown): string {
  const about = Object.entries(details)
    // `key` only keeps reports apart.
    .filter(([name, value]) => name !== "key" && value !== "" && isPlain(value))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
  const why = cause === undefined ? "" : errorText(cause);
  const words = [about, why].filter((part) => part !== "").join(": ");
  return words === "" ? "" : ` (${logText(words)})`;
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
