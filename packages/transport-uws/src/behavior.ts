import type { Acceptor, Admission, Admitted, HttpResponse, Refused } from "@metricast/core";
import { writeResponse } from "./answer.js";
import { maxBackpressure, UwsConnection } from "./connection.js";
import { copyHandshake } from "./request.js";
import type { UwsBehavior, UwsContext, UwsResponse, UwsSocket } from "./uws.js";

export interface UwsOptions {
  /** Whether the App is an SSLApp: uWS does not say. Behind a proxy that ends TLS the option `trustProxy` counts. Default false. */
  readonly secure?: boolean;
}

/** What uWS keeps for a socket; its fields are copied to the socket itself. */
interface SocketData {
  readonly connection: UwsConnection;
  admitted: Admitted | undefined;
}

/**
 * WebSocket clients of an acceptor, as a behaviour for `app.ws(path, …)`. Its limits are core's, which also pings, and
 * decides who is dead. Compression is off.
 */
export function uwsBehavior(
  acceptor: Acceptor,
  { secure = false }: UwsOptions = {},
): UwsBehavior<SocketData> {
  return {
    maxPayloadLength: acceptor.maxFrameBytes,
    maxBackpressure,
    idleTimeout: idleSeconds(acceptor.deadAfterMs),
    sendPingsAutomatically: false,
    upgrade(response, request, context) {
      const handshake = copyHandshake(response, request, secure);
      const key = handshake.headers.get("sec-websocket-key") ?? "";
      new Upgrade(response, key, context).enter(() => acceptor.admit(handshake));
    },
    open: (socket) => open(acceptor, socket),
    message: (socket, data, isBinary) => connectionOf(socket).message(data, isBinary),
    pong: (socket, payload) => connectionOf(socket).pong(payload),
    drain: (socket) => connectionOf(socket).drained(),
    close: (socket, code, reason) => connectionOf(socket).closed(code, Buffer.from(reason).toString()),
  };
}

/** An upgrade that is being decided; uWS frees the response when the client leaves meanwhile. */
class Upgrade {
  readonly #response: UwsResponse;
  readonly #key: string;
  readonly #context: UwsContext;
  #isOver = false;

  constructor(response: UwsResponse, key: string, context: UwsContext) {
    this.#response = response;
    this.#key = key;
    this.#context = context;
    response.onAborted(() => {
      this.#isOver = true;
    });
  }

  enter(admit: () => Admission | Promise<Admission>): void {
    try {
      const admission = admit();
      if (admission instanceof Promise) void this.#answerLater(admission);
      else this.#answer(admission);
    } catch {
      this.#end();
    }
  }

  async #answerLater(admission: Promise<Admission>): Promise<void> {
    try {
      this.#answer(await admission);
    } catch {
      this.#end();
    }
  }

  #answer(admission: Admission): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const response = this.#response;
    response.cork(() => {
      if (!admission.accepted) return writeResponse(response, refusal(admission), { closes: true });
      const data: SocketData = { connection: new UwsConnection(), admitted: admission };
      response.upgrade(data, this.#key, admission.protocol, "", this.#context);
    });
  }

  #end(): void {
    if (!this.#isOver) this.#response.close();
  }
}

/** What is said at once goes out with the answer to the upgrade: uWS opens the socket while that is corked. */
function open(acceptor: Acceptor, socket: UwsSocket<SocketData>): void {
  const data = socket.getUserData();
  const { connection, admitted } = data;
  connection.open(socket);
  try {
    if (admitted !== undefined) connection.start(acceptor.accept(connection, admitted));
  } catch {
    connection.close(1011, "internal error");
  }
  // Not kept for as long as the socket lives.
  data.admitted = undefined;
}

function refusal({ status, headers, body }: Refused): HttpResponse {
  return { status, headers: { "Content-Type": "application/json; charset=utf-8", ...headers }, body };
}

function connectionOf(socket: UwsSocket<SocketData>): UwsConnection {
  return socket.getUserData().connection;
}

/**
 * In steps of four, a little after core would have ended the session: what uWS then ends are sockets that core has let go
 * of, and whose clients take the last of it ever so slowly.
 */
function idleSeconds(deadAfterMs: number): number {
  return 4 * Math.ceil(deadAfterMs / 4_000) + 8;
}
