import { MetricastClientError } from "./error.js";

export interface Address {
  /** For the WebSocket: without token and fragment. */
  readonly url: string;
  readonly token: string | undefined;
}

/** Reads where to connect; in a browser relative to the page. Throws `option_invalid`. */
export function parseAddress(text: string): Address {
  const location: unknown = Reflect.get(globalThis, "location");
  try {
    const url = new URL(text, location ? String(location) : undefined);
    url.protocol = url.protocol.replace("http", "ws");
    if (!url.protocol.startsWith("ws")) throw new TypeError(url.protocol);
    const token = url.searchParams.get("token") ?? undefined;
    // An address is logged and kept in many places; a token belongs in none of them.
    url.searchParams.delete("token");
    url.hash = "";
    return { url: url.href, token };
  } catch (cause) {
    throw new MetricastClientError("option_invalid", { detail: "url", cause });
  }
}
