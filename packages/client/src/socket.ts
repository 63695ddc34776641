/** As much of a WebSocket as the client uses: the browser's, Node's global one and that of `ws` have it. */
export interface WebSocketLike {
  binaryType: string;
  onopen: Handler<unknown> | null;
  onmessage: Handler<{ readonly data: unknown }> | null;
  onclose: Handler<{ readonly code: number; readonly reason: string }> | null;
  onerror: Handler<unknown> | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

// Methods are compared loosely, so that every implementation's own event types fit.
type Handler<Event> = { on(event: Event): void }["on"];

export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => WebSocketLike;

export interface SocketEvents {
  open(): void;
  message(data: unknown): void;
  /** Told once, and never after `drop`. */
  close(code: number, reason: string): void;
}

/** One WebSocket, from its opening to its one end. */
export class Socket {
  readonly #socket: WebSocketLike;
  #events: SocketEvents | undefined;

  /** Throws what the implementation throws at a bad address. */
  constructor(Implementation: WebSocketConstructor, url: string, protocol: string, events: SocketEvents) {
    this.#events = events;
    const socket = new Implementation(url, [protocol]);
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#events?.open();
    socket.onmessage = (event) => this.#events?.message(event.data);
    socket.onclose = (event) => {
      const told = this.#events;
      this.#events = undefined;
      told?.close(event.code, event.reason);
    };
    // An end always comes with `close`; ws throws an error that nobody listens to.
    socket.onerror = () => undefined;
  }

  /** False where the socket does not take it; its end follows. */
  send(text: string): boolean {
    try {
      this.#socket.send(text);
      return true;
    } catch {
      return false;
    }
  }

  /** Closes without waiting for the peer, which may be gone. */
  drop(code: number, reason: string): void {
    this.#events = undefined;
    try {
      this.#socket.close(code, reason);
    } catch {
      // It never opened, or is closed.
    }
  }
}
