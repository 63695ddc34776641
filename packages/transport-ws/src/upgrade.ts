import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type Acceptor, type Admission, type Admitted, MetricastError } from "@metricast/core";
import { type Server, WebSocketServer } from "ws";
import { WsConnection, WsSocket } from "./connection.js";
import { copyHandshake, pathOf } from "./handshake.js";
import { refuse } from "./refusal.js";

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
      door.enter(req, socket, head);
      return true;
    },
  };
}

class Door {
  readonly #acceptor: Acceptor;
  readonly #server: Server<typeof WsSocket>;
  /** The subprotocol admitted for the upgrade that is being answered; ws would echo the first one offered. */
  #protocol = "";

  constructor(acceptor: Acceptor) {
    this.#acceptor = acceptor;
    const options = {
      noServer: true,
      clientTracking: false,
      WebSocket: WsSocket,
      perMessageDeflate: false,
      maxPayload: acceptor.maxFrameBytes,
      maxFragments: 16,
      maxBufferedChunks: 1024,
      // How long ws waits for a client to answer a close; known to ws, not yet to its types.
      closeTimeout: 10_000,
      handleProtocols: (offered: ReadonlySet<string>) => offered.has(this.#protocol) && this.#protocol,
    };
    this.#server = new WebSocketServer(options);
  }

  enter(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      const admission = this.#acceptor.admit(copyHandshake(req));
      if (admission instanceof Promise) void this.#answerLater(admission, req, socket, head);
      else this.#answer(admission, req, socket, head);
    } catch {
      socket.destroy();
    }
  }

  async #answerLater(
    admission: Promise<Admission>,
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> {
    try {
      this.#answer(await admission, req, socket, head);
    } catch {
      socket.destroy();
    }
  }

  #answer(admission: Admission, req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!socket.readable || !socket.writable) {
      socket.destroy();
    } else if (admission.accepted) {
      this.#protocol = admission.protocol;
      // What is said at once goes out with the answer to the upgrade.
      socket.cork();
      this.#server.handleUpgrade(req, socket, head, (ws) => open(this.#acceptor, admission, ws, socket));
      socket.uncork();
    } else {
      refuse(socket, admission);
    }
  }
}

/** Not a closure of the upgrade: what it leaves on the socket must not keep the request alive. */
function open(acceptor: Acceptor, admitted: Admitted, ws: WsSocket, socket: Duplex): void {
  socket.off("error", destroySocket);
  const connection = new WsConnection(ws, socket);
  try {
    connection.start(acceptor.accept(connection, admitted));
  } catch {
    connection.close(1011, "internal error");
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
