import type { Server as HttpServer } from "node:http";
import type { Http2SecureServer } from "node:http2";
import type { Server as HttpsServer } from "node:https";
import { type Acceptor, MetricastError } from "@metricast/core";
import { type Answers, claimUpgrades } from "./claim-upgrade.js";
import { type WsOptions, wsUpgrades } from "./upgrade.js";

export type UpgradableServer = HttpServer | HttpsServer | Http2SecureServer;

/**
 * Serves WebSocket clients on a server of the host, on one path; other upgrades, and plain requests that `answers` leaves
 * alone, are answered as before, and the server is never closed. Returns the undo, which leaves open connections alone.
 * Throws MC_SERVER_REQUIRED for anything but an http server, MC_ALREADY_ATTACHED for a path in use.
 */
export function attachWs(
  server: UpgradableServer,
  acceptor: Acceptor,
  { path, answers }: WsOptions & { readonly answers?: Answers },
): () => void {
  requireServer(server);
  return claimUpgrades(server, wsUpgrades(acceptor, { path }), answers);
}

/** What an http, https or HTTP/2 server has, and an application, a WebSocketServer or a net.Server lacks. */
const methods = ["on", "off", "emit", "listenerCount", "address", "setTimeout"] as const;

function requireServer(given: unknown): asserts given is HttpServer {
  const isServer =
    typeof given === "object" &&
    given !== null &&
    methods.every((name) => typeof Reflect.get(given, name) === "function");
  if (isServer) return;
  const what = describe(given);
  throw new MetricastError(
    "MC_SERVER_REQUIRED",
    `attach() takes the http.Server that listen() returns, not ${what}.`,
    {
      given: what,
    },
  );
}

function describe(given: unknown): string {
  if (typeof given === "function") return "listen" in given ? "the application (a function)" : "a function";
  if (typeof given !== "object" || given === null) return String(given);
  if ("server" in given && typeof given.server === "object")
    return "the application; it holds its server as .server";
  return `an object of ${given.constructor?.name || "no class"}`;
}
