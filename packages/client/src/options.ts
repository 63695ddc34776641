import { type ClientClock, type ClientRandom, systemClock, systemRandom } from "./clock.js";
import { MetricastClientError } from "./error.js";
import { canInflate } from "./inflate.js";
import type { WebSocketConstructor } from "./socket.js";

export interface ClientOptions {
  /**
   * Sent in `hello`, never in the address. A function is asked before each connection, and again before the server's time
   * for a session is up, which goes on with what it gives. Default: `token` of the URL.
   */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /**
   * `websocket`; `stream`: Server-Sent Events and plain HTTP, which pass where WebSockets are blocked; `auto`: a WebSocket, and
   * where none is welcomed, streams, going on with what worked. Default: `auto`.
   */
  readonly transport?: "auto" | "websocket" | "stream";
  /** Default: the global one, in browsers and Node 22 and newer. In older Node pass that of the package `ws`. */
  readonly WebSocket?: WebSocketConstructor;
  /**
   * How frames and blocks come: `binary` is the shortest, `json` can be read in any tool. A server that speaks only JSON is
   * understood all the same. Default: `binary` where the platform has `DecompressionStream`, else `json`.
   */
  readonly codec?: "binary" | "json";
  /** Bounds of the random delay before a reconnect. Default: 500 and 20,000. A delay that the server names wins. */
  readonly reconnect?: { readonly minMs?: number; readonly maxMs?: number };
  /** How long a connection may take until the server's welcome. Default: 15,000. */
  readonly connectTimeoutMs?: number;
  /** How long `query` and `list` wait for their answer, over reconnects too. Default: 10,000. */
  readonly requestTimeoutMs?: number;
  /** Points that a subscription keeps of each series; older ones go. Default: 1,000. */
  readonly maxPointsPerSeries?: number;
  /** Series that a subscription keeps points of, counted in slots: a histogram has one per bucket. Default: 2,000. */
  readonly maxSeries?: number;
  readonly clock?: ClientClock;
  readonly random?: ClientRandom;
}

export interface ResolvedOptions extends Required<Omit<ClientOptions, "token" | "WebSocket" | "reconnect">> {
  readonly token: ClientOptions["token"];
  /** None where only streams are to be used. */
  readonly WebSocket: WebSocketConstructor | undefined;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

/** Throws `option_invalid` or `websocket_missing`. */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const { token, transport = "auto", clock = systemClock, random = systemRandom } = options;
  const { WebSocket = globalWebSocket() } = options;
  const { connectTimeoutMs = 15_000, requestTimeoutMs = 10_000, reconnect = {} } = options;
  const { maxPointsPerSeries = 1_000, maxSeries = 2_000, codec = canInflate ? "binary" : "json" } = options;
  const { minMs: minDelayMs = 500, maxMs: maxDelayMs = 20_000 } = reconnect;
  const waits = { connectTimeoutMs, requestTimeoutMs, minDelayMs, maxDelayMs };
  if (!WebSocket && transport !== "stream")
    throw new MetricastClientError("websocket_missing", { detail: 'pass { WebSocket } of "ws"' });
  const numbers = { ...waits, maxPointsPerSeries, maxSeries };
  for (const [name, value] of Object.entries(numbers)) {
    // Timers take no more than 31 bits.
    if (Number.isInteger(value) && value > 0 && value < 2 ** 31) continue;
    throw new MetricastClientError("option_invalid", { detail: `${name}: ${value}` });
  }
  if (codec !== "json" && codec !== "binary") {
    throw new MetricastClientError("option_invalid", { detail: `codec: ${codec}` });
  }
  if (!["auto", "websocket", "stream"].includes(transport)) {
    throw new MetricastClientError("option_invalid", { detail: `transport: ${transport}` });
  }
  return { ...numbers, token, transport, codec, WebSocket, clock, random };
}

function globalWebSocket(): WebSocketConstructor | undefined {
  const found: unknown = Reflect.get(globalThis, "WebSocket");
  return isConstructor(found) ? found : undefined;
}

// No more can be known of a global before it is used.
function isConstructor(value: unknown): value is WebSocketConstructor {
  return typeof value === "function";
}
