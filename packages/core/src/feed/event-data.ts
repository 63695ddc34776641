import { MetricastError } from "../errors.js";

const maxDataBytes = 16_384;

/** What an event says as JSON. Throws MC_EVENT_INVALID where JSON cannot carry it in 16 KB. */
export function jsonOf(type: string, data: unknown): string {
  const json = stringify(type, data ?? null);
  if (json === undefined) throw invalidEvent(type, "JSON cannot carry the event's data");
  if (Buffer.byteLength(json) > maxDataBytes) {
    throw invalidEvent(type, `an event's data takes at most ${maxDataBytes} bytes as JSON`);
  }
  return json;
}

/** Undefined for functions and symbols. */
function stringify(type: string, data: unknown): string | undefined {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw invalidEvent(type, "JSON cannot carry the event's data", cause);
  }
}

export function invalidEvent(type: unknown, why: string, cause?: unknown): MetricastError {
  const said = typeof type === "string" ? type.slice(0, 300) : `a ${typeof type}`;
  return new MetricastError("MC_EVENT_INVALID", `${why}: ${JSON.stringify(said)}`, { type: said }, cause);
}
