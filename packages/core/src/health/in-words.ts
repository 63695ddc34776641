import { errorText } from "./error-text.js";
import { logText } from "./log-text.js";

/**
 * What a report is about, for whoever reads its message alone: ` (source pool, channel metrics: connect ECONNREFUSED)`.
 * One line whatever stands in it.
 */
export function inWords(details: Readonly<Record<string, unknown>>, cause?: unknown): string {
  const about = Object.entries(details)
    // `key` only keeps reports apart.
    .filter(([name, value]) => name !== "key" && value !== "" && value !== undefined)
    .map(([name, value]) => `${name} ${inWord(value)}`)
    .join(", ");
  const why = cause === undefined ? "" : errorText(cause);
  const words = [about, why].filter((part) => part !== "").join(": ");
  return words === "" ? "" : ` (${logText(words)})`;
}

/** Of lists and objects what stands in them at once: `dropped name 1, value 2`. */
function inWord(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const words = Object.entries(value).filter(([, one]) => typeof one !== "object");
  if (Array.isArray(value)) return words.map(([, one]) => String(one)).join(", ");
  return words.map(([name, one]) => `${name} ${String(one)}`).join(", ");
}
