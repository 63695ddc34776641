import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * - `pass`: bytes go both ways.
 * - `blackhole`: connections stay and are taken, no byte moves either way; nothing is lost once it passes again.
 * - `swallowDown`: what the client sends arrives, what the target answers is thrown away.
 * - `latency`: every chunk waits `latencyMs`, in order.
 * - `refuse`: new connections are reset.
 */
export type FaultMode = "pass" | "blackhole" | "swallowDown" | "latency" | "refuse";

/** A TCP proxy on 127.0.0.1 with faults to switch on. */
export class FaultProxy {
  readonly #server: Server;
  #targetPort: number;
  readonly #links = new Set<Link>();
  #mode: FaultMode = "pass";
  latencyMs = 50;

  static async listen(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#take(client));
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  }

  get connections(): number {
    return this.#links.size;
  }

  get mode(): FaultMode {
    return this.#mode;
  }

  set mode(mode: FaultMode) {
    this.#mode = mode;
    for (const link of this.#links) link.flow();
  }

  /** New connections go to another port of 127.0.0.1. */
  retarget(port: number): void {
    this.#targetPort = port;
  }

  /** No byte moves over the connections that there are any more, as where a router forgot them; new ones pass. */
  freeze(): void {
    for (const link of this.#links) link.freeze();
  }

  /** Resets every connection, on both sides. */
  cut(): void {
    for (const link of this.#links) link.reset();
  }

  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(client: Socket): void {
    if (this.#mode === "refuse") {
      client.on("error", nothing);
      client.resetAndDestroy();
      return;
    }
    const target = connect({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true });
    const link: Link = new Link(client, target, this, () => this.#links.delete(link));
    this.#links.add(link);
    link.flow();
  }
}

/** One client's connection and the one to the target that belongs to it. */
class Link {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #proxy: FaultProxy;
  #isFrozen = false;

  constructor(client: Socket, target: Socket, proxy: FaultProxy, gone: () => void) {
    this.#client = client;
    this.#target = target;
    this.#proxy = proxy;
    this.#pump(client, target, () => false);
    this.#pump(target, client, () => proxy.mode === "swallowDown");
    for (const socket of [client, target]) {
      socket.setNoDelay();
      socket.on("error", () => this.reset());
      socket.on("close", () => {
        if (client.destroyed && target.destroyed) gone();
      });
    }
  }

  /** Lets both sides flow, or holds them. */
  flow(): void {
    const held = this.#isFrozen || this.#proxy.mode === "blackhole";
    for (const socket of [this.#client, this.#target]) {
      if (held) socket.pause();
      else socket.resume();
    }
  }

  freeze(): void {
    this.#isFrozen = true;
    this.flow();
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#target.resetAndDestroy();
  }

  #pump(from: Socket, to: Socket, swallowed: () => boolean): void {
    let waiting = 0;
    const later = (act: () => void) => {
      // What still waits from before goes first, also when the mode has changed meanwhile.
      if (this.#proxy.mode !== "latency" && waiting === 0) return act();
      waiting += 1;
      setTimeout(() => {
        waiting -= 1;
        act();
      }, this.#proxy.latencyMs).unref();
    };
    from.on("data", (chunk) => {
      if (swallowed()) return;
      later(() => {
        if (to.destroyed || to.write(chunk)) return;
        from.pause();
        to.once("drain", () => this.flow());
      });
    });
    from.on("end", () => later(() => to.end()));
  }
}

function nothing(): void {}
