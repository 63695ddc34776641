import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";

/** A server as a host has it, listening on 127.0.0.1. */
export class HttpHost<S extends Server = Server> {
  readonly server: S;
  readonly #sockets = new Set<Socket>();

  /** Starts a given server, or a plain one with this listener. */
  static async start(listener?: RequestListener): Promise<HttpHost> {
    return await HttpHost.listen(createServer(listener));
  }

  static async listen<S extends Server>(server: S): Promise<HttpHost<S>> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HttpHost(server);
  }

  private constructor(server: S) {
    this.server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    const address = this.server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  /** Where WebSocket clients connect. */
  ws(path: string): string {
    return `ws://127.0.0.1:${this.port}${path}`;
  }

  /** Ends every socket, upgraded ones too, and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, "close");
  }
}
