import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Shape {
  /** Bytes per write towards the client; each write leaves in a segment of its own. Default: as they come. */
  readonly splitBytes?: number;
  /** What comes within this time goes on as one write. Default 0. */
  readonly gatherMs?: number;
  /** What a second lets through towards the client. Default: everything. */
  readonly bytesPerSecond?: number;
  /** A connection over which nothing went for so long is closed, as gateways do. Default: never. */
  readonly idleMs?: number;
}

/** A TCP proxy on 127.0.0.1 that changes how bytes come, never which. */
export class ShapingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that were closed for being idle. */
  idleCuts = 0;

  static async listen(targetPort: number, shape: Shape): Promise<ShapingProxy> {
    const proxy = new ShapingProxy(targetPort, shape);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(targetPort: number, shape: Shape) {
    this.#server = createServer((client) => this.#link(client, connect(targetPort, "127.0.0.1"), shape));
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #link(client: Socket, target: Socket, shape: Shape): void {
    let idle: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(idle);
      client.destroy();
      target.destroy();
    };
    const busy = () => {
      clearTimeout(idle);
      if (shape.idleMs === undefined) return;
      idle = setTimeout(() => {
        this.idleCuts += 1;
        end();
      }, shape.idleMs);
      idle.unref();
    };
    for (const socket of [client, target]) {
      this.#sockets.add(socket);
      socket.setNoDelay();
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    client.on("data", (chunk) => {
      busy();
      target.write(chunk);
    });
    void deliver(target, client, shape, busy);
    busy();
  }
}

/** Hands on what `from` says in the given shape; backpressure reaches it, as nothing is read before it was handed on. */
async function deliver(from: Socket, to: Socket, shape: Shape, busy: () => void): Promise<void> {
  const { gatherMs = 0, bytesPerSecond = Number.POSITIVE_INFINITY, splitBytes = 65_536 } = shape;
  try {
    for (;;) {
      if (gatherMs > 0) await pause(gatherMs);
      const chunk: Buffer | null = from.read();
      if (chunk === null) await once(from, "readable");
      for (let at = 0; chunk !== null && at < chunk.length; at += splitBytes) {
        const part = chunk.subarray(at, at + splitBytes);
        if (to.destroyed) return;
        busy();
        to.write(part);
        // A turn of the loop between two writes keeps their segments apart.
        await pause(Math.floor((1_000 * part.length) / bytesPerSecond));
      }
      if (to.writableNeedDrain) await once(to, "drain");
    }
  } catch {
    // Either side is gone.
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => (ms > 0 ? setTimeout(resolve, ms) : setImmediate(resolve)));
}
