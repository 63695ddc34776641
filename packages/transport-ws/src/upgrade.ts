import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type Acceptor, type Admitted, MetricastError, type Receiver } from "@metricast/core";
import { WsConnection } from "./connection.js";
import { copyHandshake, pathOf } from "./handshake.js";
import { refuse } from "./refusal.js";
import { answerUpgrade } from "./upgrade-answer.js";

export interface WsOptions {
  /** Path of the socket, as `/metricast`; it is also served with a slash at its end. */
  readonly path: string;
}

export interface WsUpgrades {
  /** The path without the slash at its end. */
  readonly path: string;
  /** Whether a request is a WebSocket upgrade of this path. */
  matches(req: IncomingMessage): boolean;
  /**
   * For hosts that dispatch upgrades themselves: false, and the socket untouched, where the request is not for this
   * path; else it is taken over. Never throws.
   */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): boolean;
}

/** Upgrades of one path, for one acceptor. Throws MC_OPTION_INVALID for a path that does not begin with a slash. */
export function wsUpgrades(acceptor: Acceptor, options: WsOptions): WsUpgrades {
  const path = checkedPath(options.path);
  const door = new Door(acceptor);
  const matches = (req: IncomingMessage) => isWebSocket(req) && isAt(path, pathOf(req.url ?? ""));
  return {
    path,
    matches,
    handleUpgrade(req, socket, head) {
      if (!matches(req)) return false;
      // First of all: a reset while admission waits would otherwise end the host's process.
      socket.on("error", destroySocket);
      void door.enter(req, socket, head);
      return true;
    },
  };
}

class Door {
  readonly #acceptor: Acceptor;

  constructor(acceptor: Acceptor) {
    this.#acceptor = acceptor;
  }

  async enter(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const admission = await this.#acceptor.admit(copyHandshake(req));
      if (!socket.readable || !socket.writable) {
        socket.destroy();
        return;
      }
      if (!admission.accepted) return refuse(socket, admission);
      const answer = answerUpgrade(req, admission.protocol);
      if (Buffer.isBuffer(answer)) open(this.#acceptor, admission, socket, answer, head);
      else refuse(socket, answer);
    } catch {
      socket.destroy();
    }
  }
}

/** Not a part of `enter`: what stays on the socket must not keep the request alive. */
function open(acceptor: Acceptor, admitted: Admitted, socket: Duplex, answer: Buffer, head: Buffer): void {
  if (socket instanceof Socket) {
    socket.setTimeout(0);
    socket.setNoDelay();
  }
  const connection = new WsConnection(socket, acceptor);
  connection.start(accept(acceptor, connection, admitted), answer, head);
  socket.off("error", destroySocket);
}

function accept(acceptor: Acceptor, connection: WsConnection, admitted: Admitted): Receiver | undefined {
  try {
    return acceptor.accept(connection, admitted);
  } catch {
    connection.close(1011, "internal error");
    return undefined;
  }
}

function destroySocket(this: Duplex): void {
  this.destroy();
}

function isWebSocket(req: IncomingMessage): boolean {
  return req.headers.upgrade?.toLowerCase() === "websocket";
}

function isAt(path: string, asked: string): boolean {
  return asked === path || asked === `${path}/`;
}

function checkedPath(path: unknown): string {
  if (typeof path === "string" && path.startsWith("/")) return path.endsWith("/") ? path.slice(0, -1) : path;
  throw new MetricastError(
    "MC_OPTION_INVALID",
    `path must begin with a slash, not ${JSON.stringify(path)}.`,
    {
      option: "path",
      value: path,
    },
  );
}
