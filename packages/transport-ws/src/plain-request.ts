import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Hands an upgrade that nobody wants back to the server as the plain request it would have been without an `upgrade`
 * listener: its head is written again without the header that makes Node stop parsing, and put before the rest.
 */
export class PlainRequests {
  readonly #server: Server;
  readonly #asked = new WeakMap<Duplex, IncomingMessage>();

  constructor(server: Server) {
    this.#server = server;
  }

  replay(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", ignore);
    if (req.rawHeaders.length >= this.#rawHeadersKept()) {
      // Node dropped what came later, perhaps the body's length: the body would be read as the next request.
      socket.once("finish", socket.destroy);
      socket.end("HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n");
      return;
    }
    this.#asked.set(socket, req);
    socket.unshift(Buffer.concat([Buffer.from(headOf(req), "latin1"), head]));
    // A TLS server parses HTTP from here on; its `connection` would begin another TLS handshake.
    const secure = this.#server.listenerCount("secureConnection") > 0;
    this.#server.emit(secure ? "secureConnection" : "connection", socket);
    socket.off("error", ignore);
  }

  /** Names and values that Node keeps of one request's headers; 0 stands for no limit. */
  #rawHeadersKept(): number {
    const { maxHeadersCount } = this.#server;
    if (typeof maxHeadersCount !== "number") return 2_000;
    return maxHeadersCount > 0 ? maxHeadersCount * 2 : Number.POSITIVE_INFINITY;
  }

  /** Shows the host's route the headers as they came. */
  restoreHeaders(req: IncomingMessage): void {
    const asked = this.#asked.get(req.socket);
    if (asked === undefined) return;
    this.#asked.delete(req.socket);
    req.rawHeaders = asked.rawHeaders;
    req.headers = asked.headers;
  }
}

function headOf(req: IncomingMessage): string {
  const lines = [`${req.method} ${req.url} HTTP/${req.httpVersion}`];
  for (let at = 0; at + 1 < req.rawHeaders.length; at += 2) {
    const name = req.rawHeaders[at] ?? "";
    if (name.toLowerCase() !== "upgrade") lines.push(`${name}: ${req.rawHeaders[at + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function ignore(): void {}
