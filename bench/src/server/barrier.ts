import { once } from "node:events";
import { createServer } from "node:net";

/** Where the load client says, with one byte each, that everybody has one tick more. */
export class Barrier {
  readonly port: number;
  #reached = 0;
  #wanted = 0;
  #resolve: () => void = () => {};

  static async listen(): Promise<Barrier> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const barrier = new Barrier(address !== null && typeof address === "object" ? address.port : 0);
    server.on("connection", (socket) => {
      socket.on("data", ({ length }) => barrier.#more(length));
      socket.on("error", () => {});
    });
    return barrier;
  }

  private constructor(port: number) {
    this.port = port;
  }

  reset(): void {
    this.#reached = 0;
  }

  /** Resolves once everybody has so many ticks; rejects where they do not in time. */
  async reached(ticks: number, deadlineMs: number): Promise<void> {
    if (this.#reached >= ticks) return;
    this.#wanted = ticks;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      timer = setTimeout(
        () => reject(new Error(`sent ${ticks} ticks, received ${this.#reached}`)),
        deadlineMs,
      );
    }).finally(() => clearTimeout(timer));
  }

  #more(bytes: number): void {
    this.#reached += bytes;
    if (this.#reached >= this.#wanted) this.#resolve();
  }
}
