import type { ServerMessage } from "@metricast/protocol";

/**
 * Reads a server's message; undefined where it is none. Not even its type is known to be one: whoever handles it trusts
 * no field, and what throws there is garbage too.
 */
export function parseMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === "object" && message !== null ? (message as ServerMessage) : undefined;
  } catch {
    return undefined;
  }
}

/** A number of a message within bounds; what is no number becomes the default. */
export function clamp(value: unknown, min: number, max: number, byDefault: number): number {
  return typeof value === "number" ? Math.min(Math.max(value, min), max) : byDefault;
}
