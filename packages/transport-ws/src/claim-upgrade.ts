import { IncomingMessage, type Server, ServerResponse } from "node:http";
import { Duplex } from "node:stream";
import { MetricastError } from "@metricast/core";
import { pathOf } from "./handshake.js";
import { PlainRequests } from "./plain-request.js";
import type { WsUpgrades } from "./upgrade.js";

/** On the server, not in a module: two copies of this package on one server must find each other. */
const claimsKey = Symbol.for("metricast.upgrade-claims");

/** Answers a plain request, or returns false and leaves it alone. */
export type Answers = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Claim extends WsUpgrades {
  readonly answers: Answers | undefined;
}

/**
 * Takes the upgrades of a path before any other listener of the server sees them; filtering in a listener is not
 * enough beside one that answers every upgrade. Plain requests are offered to `answers` first, for the same reason.
 * Everything else goes where it went before. Returns the undo.
 */
export function claimUpgrades(server: Server, upgrades: WsUpgrades, answers?: Answers): () => void {
  const found: UpgradeClaims | undefined = Reflect.get(server, claimsKey);
  const claims = found ?? new UpgradeClaims(server);
  if (claims.has(upgrades.path)) {
    throw new MetricastError(
      "MC_ALREADY_ATTACHED",
      `the server is already attached at ${upgrades.path}/; a second metricast takes another path`,
      {
        path: upgrades.path,
      },
    );
  }
  return claims.add({ ...upgrades, answers });
}

class UpgradeClaims {
  readonly #server: Server;
  readonly #plain: PlainRequests;
  readonly #byPath = new Map<string, Claim>();
  #uninstall: () => void = nothing;

  constructor(server: Server) {
    this.#server = server;
    this.#plain = new PlainRequests(server);
  }

  has(path: string): boolean {
    return this.#byPath.has(path);
  }

  add(claim: Claim): () => void {
    if (this.#byPath.size === 0) this.#install();
    this.#byPath.set(claim.path, claim);
    return () => {
      if (this.#byPath.get(claim.path) !== claim) return;
      this.#byPath.delete(claim.path);
      if (this.#byPath.size === 0) this.#uninstall();
    };
  }

  #install(): void {
    const server = this.#server;
    const undo = [this.#listen(), this.#wrapEmit(), this.#wrapShouldUpgrade()];
    Object.defineProperty(server, claimsKey, { value: this, configurable: true });
    this.#uninstall = () => {
      for (const step of undo) step();
      Reflect.deleteProperty(server, claimsKey);
    };
  }

  /** Node emits `upgrade` only where somebody listens. */
  #listen(): () => void {
    this.#server.on("upgrade", nothing);
    return () => this.#server.off("upgrade", nothing);
  }

  #wrapEmit(): () => void {
    const server = this.#server;
    const before = server.emit;
    const hadOwn = Object.hasOwn(server, "emit");
    const intercepts = (event: unknown, args: unknown[]) => this.#intercepts(event, args);
    const emit = function (this: Server, event: string | symbol, ...args: unknown[]): boolean {
      return intercepts(event, args) || Reflect.apply(before, this, [event, ...args]);
    };
    replace(server, "emit", emit);
    return () => {
      // Where somebody wrapped it after us, ours stays below theirs and only passes on.
      if (server.emit !== emit) return;
      if (hadOwn) replace(server, "emit", before);
      else Reflect.deleteProperty(server, "emit");
    };
  }

  /** Newer versions of Node ask per request whether to upgrade it; then a foreign one never leaves its route. */
  #wrapShouldUpgrade(): () => void {
    const server = this.#server;
    const before: unknown = Reflect.get(server, "shouldUpgradeCallback");
    if (typeof before !== "function") return nothing;
    const should = (req: IncomingMessage): boolean =>
      this.#claimOf(req) !== undefined ||
      (this.#othersListen() && Reflect.apply(before, server, [req]) === true);
    Reflect.set(server, "shouldUpgradeCallback", should);
    return () => {
      if (Reflect.get(server, "shouldUpgradeCallback") === should) {
        Reflect.set(server, "shouldUpgradeCallback", before);
      }
    };
  }

  #intercepts(event: unknown, args: unknown[]): boolean {
    if (event !== "upgrade") {
      if (args[0] instanceof IncomingMessage) this.#plain.restoreHeaders(args[0]);
      return event === "request" && this.#answers(args[0], args[1]);
    }
    const [req, socket, head] = args;
    if (!(req instanceof IncomingMessage && socket instanceof Duplex && Buffer.isBuffer(head))) return false;
    const claim = this.#claimOf(req);
    if (claim !== undefined) return claim.handleUpgrade(req, socket, head);
    if (this.#byPath.size === 0 || this.#othersListen()) return false;
    this.#plain.replay(req, socket, head);
    return true;
  }

  #answers(req: unknown, res: unknown): boolean {
    if (!(req instanceof IncomingMessage && res instanceof ServerResponse)) return false;
    for (const { answers } of this.#byPath.values()) if (answers?.(req, res)) return true;
    return false;
  }

  #claimOf(req: IncomingMessage): WsUpgrades | undefined {
    const path = pathOf(req.url ?? "");
    const upgrades =
      this.#byPath.get(path) ?? (path.endsWith("/") ? this.#byPath.get(path.slice(0, -1)) : undefined);
    return upgrades?.matches(req) ? upgrades : undefined;
  }

  #othersListen(): boolean {
    return this.#server.listeners("upgrade").some((listener) => listener !== nothing);
  }
}

/** As a plain property that a test or another wrapper may replace in turn. */
function replace(server: Server, name: "emit", value: unknown): void {
  Object.defineProperty(server, name, { value, configurable: true, writable: true, enumerable: true });
}

function nothing(): void {}
