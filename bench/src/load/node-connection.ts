import { connect, type Socket } from "node:net";
import { clientFrame, frameHead } from "./client-frame.js";

export interface NodeConnectionParts {
  readonly kind: string;
  readonly port: number;
  readonly path: string;
  readonly protocol: string;
  readonly onReady: () => void;
  readonly onLost: () => void;
  readonly onData: (connection: NodeConnection) => void;
  readonly onText: (connection: NodeConnection, text: Buffer) => void;
}

/** One connection of the load client in Node: whole messages, pings answered, and counts. */
export class NodeConnection {
  count = 0;
  bytes = 0;
  payloadBytes = 0;
  pings = 0;
  broken = 0;
  closeCode = 0;
  lost = false;
  ready = false;
  /** Whether it waits for the answer to something it said. */
  asking = false;
  last: Buffer = Buffer.alloc(0);
  readonly #parts: NodeConnectionParts;
  readonly #socket: Socket;
  readonly #ticks = new Map<string, string>();
  #open = false;
  #buffered: Buffer[] = [];
  #wanted = 0;
  #size = 0;
  #message: Buffer[] = [];
  #opcode = 1;

  constructor(parts: NodeConnectionParts) {
    this.#parts = parts;
    const { port, path, protocol, kind } = parts;
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`;
    const offered = protocol === "-" ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${kind === "sse" ? "" : upgrade + offered}\r\n`,
    );
    this.#socket.on("data", (chunk) => this.#read(chunk));
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.lost = true;
      parts.onLost();
    });
  }

  say(text: string): void {
    this.asking = true;
    this.#socket.write(clientFrame(1, Buffer.from(text)));
  }

  zero(): void {
    this.count = 0;
    this.bytes = 0;
    this.payloadBytes = 0;
    this.pings = 0;
    this.broken = 0;
  }

  #read(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.#buffered.push(chunk);
    this.#size += chunk.length;
    // A large message comes in many chunks: put together once, not with each of them.
    if (this.#size < this.#wanted) return;
    const bytes = this.#buffered.length === 1 ? chunk : Buffer.concat(this.#buffered);
    const rest = bytes.subarray(this.#takeAll(bytes));
    this.#buffered = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
  }

  /** Returns how many bytes were taken. */
  #takeAll(bytes: Buffer): number {
    this.#wanted = 0;
    let at = 0;
    if (!this.#open) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return 0;
      if (!/^HTTP\/1\.1 (?:101|200) /.test(bytes.toString("latin1", 0, 13))) this.#socket.destroy();
      this.#open = true;
      if (this.#parts.kind === "ws" || this.#parts.kind === "sse") this.#becomeReady();
      at = end + 4;
    }
    return this.#parts.kind === "sse" ? this.#takeChunks(bytes, at) : this.#takeFrames(bytes, at);
  }

  #takeFrames(bytes: Buffer, from: number): number {
    let at = from;
    for (let head = frameHead(bytes, at); head !== undefined; head = frameHead(bytes, at)) {
      if (head.end > bytes.length) {
        this.#wanted = head.end - at;
        break;
      }
      const payload = bytes.subarray(head.start, head.end);
      at = head.end;
      if (head.opcode === 9) {
        this.pings += 1;
        this.#socket.write(clientFrame(10, payload));
      } else if (head.opcode === 8) {
        this.closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
        this.#socket.destroy();
      } else if (head.opcode < 3) {
        if (head.opcode !== 0) this.#opcode = head.opcode;
        this.#message.push(payload);
        if (head.fin) this.#takeMessage(Buffer.concat(this.#message.splice(0)));
      }
    }
    return at;
  }

  /** A server-sent event is one chunk here, as `write` makes it. */
  #takeChunks(bytes: Buffer, from: number): number {
    let at = from;
    for (;;) {
      const line = bytes.indexOf("\r\n", at);
      if (line < 0) return at;
      const length = Number.parseInt(bytes.toString("latin1", at, line), 16);
      const end = line + 2 + length + 2;
      if (bytes.length < end) return at;
      this.#takeMessage(Buffer.from(bytes.subarray(line + 2, end - 3)));
      at = end;
    }
  }

  #takeMessage(message: Buffer): void {
    const { kind, onText, onData } = this.#parts;
    const begins = (text: string) => message.subarray(0, text.length).equals(Buffer.from(text));
    if (this.#opcode === 1) onText(this, message);
    if (kind === "socketio" && begins("0{")) this.#socket.write(clientFrame(1, Buffer.from("40")));
    else if (kind === "socketio" && begins("40")) this.#becomeReady();
    else if (kind === "socketio" && !begins("42")) this.#socket.write(clientFrame(1, Buffer.from("3")));
    else if (kind === "metricast" && begins('{"type":"welcome"')) this.#becomeReady();
    else if (kind !== "metricast" || this.#opcode === 2 || begins('{"type":"frame"')) {
      if (kind === "metricast" && this.#opcode === 1) this.#checkChain(message);
      this.count += 1;
      this.payloadBytes += message.length;
      this.last = message;
      onData(this);
    }
  }

  #checkChain(message: Buffer): void {
    const head = message.toString("latin1", 0, 128);
    const [, view = "", tick = "", , prev] = /"view":(\d+),"tick":(\d+)(,"prev":(\d+))?/.exec(head) ?? [];
    if (prev !== undefined && this.#ticks.get(view) !== prev) this.broken += 1;
    this.#ticks.set(view, tick);
  }

  #becomeReady(): void {
    this.ready = true;
    this.#parts.onReady();
  }
}
