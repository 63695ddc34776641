import type { ServerMessage } from "@metricast/protocol";

/**
 * Reads a server's message; throws where it is none. Not even its type is known to be one: whoever handles it trusts no
 * field, and what throws there is garbage too.
 */
export function parseMessage(data: unknown): ServerMessage {
  const message: unknown = JSON.parse(typeof data === "string" ? data : "");
  if (typeof message !== "object" || message === null) throw new TypeError();
  return message as ServerMessage;
}

/** A number of a message within bounds; what is no number becomes the default. */
export function clamp(value: unknown, min: number, max: number, byDefault: number): number {
  return typeof value === "number" ? Math.min(Math.max(value, min), max) : byDefault;
}
