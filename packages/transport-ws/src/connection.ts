import type { Duplex } from "node:stream";
import type { Acceptor, Connection, Packet, Receiver } from "@metricast/core";
import { closePayload, maxControlBytes } from "./close-code.js";
import { controlFrame, wsPacket, wsPieces } from "./frame.js";
import { type FrameHandler, FrameReader } from "./frame-reader.js";

/** Above this much unsent data a socket takes no more; core stops far below. */
const maxBufferedBytes = 16 * 1024 * 1024;
/** So many pings of a client that does not read the answers are answered. */
const maxPendingPongs = 60;
/** How long a client may take to answer a close, and to let go of the socket. */
const closeTimeoutMs = 10_000;
const internalError = { code: 1011, reason: "internal error" } as const;

/** Where a socket knows its connection from: its listeners are the same functions for all sockets. */
const connectionKey = Symbol("metricast.connection");

/** One client's socket: writes what it is given, whole, and tells what the client sends. */
export class WsConnection implements Connection, FrameHandler {
  readonly #socket: Duplex;
  readonly #acceptor: Pick<Acceptor, "after">;
  readonly #reader: FrameReader;
  #receiver: Receiver | undefined;
  /** What is said before the upgrade is answered, to go out in the same write. */
  #opening: Buffer[] | undefined = [];
  #isOpen = true;
  /** What the client's close frame said. */
  #said: { readonly code: number; readonly reason: string } | undefined;
  #pendingPongs = 0;
  #awaitsDrain = false;
  #cancelTimeout: (() => void) | undefined;

  constructor(socket: Duplex, acceptor: Acceptor) {
    this.#socket = socket;
    this.#acceptor = acceptor;
    this.#reader = new FrameReader(this, acceptor.maxFrameBytes);
  }

  /** Answers the upgrade; `head` came with the request. From here on the receiver, if there is one, is told what happens. */
  start(receiver: Receiver | undefined, answer: Buffer, head: Buffer): void {
    const socket = this.#socket;
    const said = this.#opening ?? [];
    this.#receiver = receiver;
    this.#opening = undefined;
    Reflect.set(socket, connectionKey, this);
    socket.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
    if (socket.writable) socket.write(said.length > 0 ? Buffer.concat([answer, ...said]) : answer);
    if (head.length > 0) this.read(head);
  }

  get bufferedBytes(): number {
    return this.#socket.writableLength;
  }

  send(packet: Packet): boolean {
    const socket = this.#socket;
    if (!this.#isOpen || !socket.writable || socket.writableLength >= maxBufferedBytes) return false;
    if (packet.isShared || isOneMessage(packet)) this.#write(packet.form(wsPacket));
    else this.#writeTogether(wsPieces(packet));
    if (socket.writableLength > 0 && socket.writableNeedDrain) this.#awaitDrain();
    return true;
  }

  ping(payload: Uint8Array): void {
    if (this.#isOpen && payload.length <= maxControlBytes) this.#write(controlFrame("ping", payload));
  }

  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    const payload = closePayload(code, reason);
    // A code or a reason that may not be sent: the socket still has to go.
    if (payload === undefined) this.terminate();
    else this.#sayClose(payload);
  }

  terminate(): void {
    this.#isOpen = false;
    this.#socket.destroy();
  }

  /** A throw of the receiver would be an uncaught exception of the host's process. */
  read(chunk: Buffer): void {
    try {
      this.#reader.take(chunk);
    } catch {
      this.close(internalError.code, internalError.reason);
    }
  }

  gotMessage(data: string | Uint8Array): void {
    if (this.#isOpen) this.#receiver?.message(data);
  }

  gotPong(payload: Uint8Array): void {
    if (this.#isOpen) this.#receiver?.pong(payload);
  }

  gotPing(payload: Uint8Array): void {
    if (!this.#isOpen) return;
    if (this.#socket.writableLength === 0) this.#pendingPongs = 0;
    this.#pendingPongs++;
    if (this.#pendingPongs > maxPendingPongs) this.terminate();
    else this.#write(controlFrame("pong", payload));
  }

  /** Answers with the same, unless it is the answer; then the socket has done its duty. */
  gotClose(code: number, reason: string): void {
    this.#said = { code, reason };
    if (this.#isOpen) this.#sayClose(closePayload(code, reason) ?? Buffer.alloc(0));
    this.#socket.end();
  }

  gotFault(code: number): void {
    this.close(code, "");
    this.#socket.end();
  }

  /** The client will send nothing more. */
  gotEnd(): void {
    this.#isOpen = false;
    this.#limitClosing();
    this.#socket.end();
  }

  gone(): void {
    this.#isOpen = false;
    this.#cancelTimeout?.();
    const { code, reason } = this.#said ?? { code: 1006, reason: "" };
    try {
      this.#receiver?.closed(code, reason);
    } catch {
      // There is nothing left that could be closed.
    }
  }

  #sayClose(payload: Uint8Array): void {
    this.#isOpen = false;
    this.#write(controlFrame("close", payload));
    this.#limitClosing();
  }

  #limitClosing(): void {
    this.#cancelTimeout ??= this.#acceptor.after(closeTimeoutMs, () => this.#socket.destroy());
  }

  #write(piece: Buffer): void {
    if (this.#opening) this.#opening.push(piece);
    else this.#socket.write(piece);
  }

  #writeTogether(pieces: readonly Buffer[]): void {
    this.#socket.cork();
    for (const piece of pieces) this.#write(piece);
    this.#socket.uncork();
  }

  /** Of a client that reads, the socket says after each large write that it can take more: nobody waits for that. */
  #awaitDrain(): void {
    if (this.#awaitsDrain) return;
    this.#awaitsDrain = true;
    this.#socket.once("drain", () => {
      this.#awaitsDrain = false;
      this.#tellDrained();
    });
  }

  #tellDrained(): void {
    try {
      this.#receiver?.drained();
    } catch {
      this.close(internalError.code, internalError.reason);
    }
  }
}

function isOneMessage({ frames, ping }: Packet): boolean {
  return frames.length === 1 && ping === undefined;
}

function onData(this: Duplex, chunk: Buffer): void {
  connectionOf(this)?.read(chunk);
}

function onEnd(this: Duplex): void {
  connectionOf(this)?.gotEnd();
}

function onError(this: Duplex): void {
  this.destroy();
}

function onClose(this: Duplex): void {
  connectionOf(this)?.gone();
}

function connectionOf(socket: Duplex): WsConnection | undefined {
  const connection: unknown = Reflect.get(socket, connectionKey);
  return connection instanceof WsConnection ? connection : undefined;
}
