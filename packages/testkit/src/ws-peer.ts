import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { isComplete, parseResponse, type RawResponse, splitHead } from "./raw-http.js";
import { closePayload, opcodes, type ServerFrame, takeFrames, wsFrame } from "./ws-frame.js";

export interface PeerOptions {
  readonly protocols?: readonly string[];
  /** Further header lines, as `["Origin", "https://example.com"]`; one of a name above replaces it. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly method?: string;
  /** Bytes written together with the request. */
  readonly early?: Uint8Array;
}

/** An upgrade that was answered with something else than 101. */
export class UpgradeRefused extends Error {
  readonly response: RawResponse;

  constructor(response: RawResponse) {
    super(`the upgrade was answered with ${response.status || "nothing"}`);
    this.response = response;
  }
}

/**
 * A WebSocket client that does what it is told and nothing else: it can stop reading, send broken frames, leave pings
 * unanswered and vanish. Opens `ws://host:port/path?query`; rejects with `UpgradeRefused`.
 */
export function openPeer(url: string, options: PeerOptions = {}): Promise<WsPeer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.setNoDelay();
  socket.write(Buffer.concat([Buffer.from(upgradeRequest(url, options)), options.early ?? Buffer.alloc(0)]));
  return new Promise((resolve, reject) => {
    let text = "";
    const read = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      const response = parseResponse(text);
      const parts = splitHead(text);
      if (parts !== undefined && response.status === 101) {
        socket.off("data", read);
        resolve(new WsPeer(socket, { ...response, body: "" }, Buffer.from(parts.rest, "latin1")));
      } else if (isComplete(text)) {
        socket.destroy();
        reject(new UpgradeRefused(response));
      }
    };
    socket.on("data", read);
    // What came before a reset is the answer all the same.
    socket.on("error", (error) => {
      if (text === "") reject(error);
    });
    socket.on("close", () => reject(new UpgradeRefused(parseResponse(text))));
  });
}

/** The request that asks for an upgrade, as bytes to cut and bend. */
export function upgradeRequest(
  url: string,
  { protocols = [], headers = [], method = "GET" }: PeerOptions = {},
): string {
  const { host, pathname, search } = new URL(url);
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const usual: [string, string][] = [
    ["Host", host],
    ["Connection", "Upgrade"],
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Key", randomBytes(16).toString("base64")],
  ];
  if (protocols.length > 0) usual.push(["Sec-WebSocket-Protocol", protocols.join(", ")]);
  const lines = [...usual.filter(([name]) => !given.has(name.toLowerCase())), ...headers];
  return [`${method} ${pathname}${search} HTTP/1.1`, ...lines.map(([n, v]) => `${n}: ${v}`), "", ""].join(
    "\r\n",
  );
}

export class WsPeer {
  readonly response: RawResponse;
  /** Text as strings, binary as bytes, in order. */
  readonly messages: (string | Uint8Array)[] = [];
  readonly pings: Buffer[] = [];
  readonly pongs: Buffer[] = [];
  /** The close frame that came; a code of 1005 where it named none. */
  closeFrame: { readonly code: number; readonly reason: string } | undefined;
  /** The socket is gone. */
  ended = false;
  /** Whether pings are answered; default true. */
  answersPings = true;
  /** Whether a close frame is answered with the same; default true. */
  answersClose = true;
  /** Called after a message was put to the others. */
  onMessage: (() => void) | undefined;
  readonly #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #partsOpcode = 0;

  constructor(socket: Socket, response: RawResponse, head: Buffer) {
    this.#socket = socket;
    this.response = response;
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", nothing);
    socket.on("close", () => {
      this.ended = true;
    });
    if (head.length > 0) this.#read(head);
  }

  /** Bytes of TCP's payload that came, the answer to the upgrade included. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** Of these, the bytes this peer took: a paused socket of Node 22 and later still reads a little ahead. */
  get bytesTaken(): number {
    return this.#socket.bytesRead - this.#socket.readableLength;
  }

  /** The code this peer knows the connection ended with: 1006 without a close frame. */
  get closeCode(): number | undefined {
    return this.closeFrame?.code ?? (this.ended ? 1006 : undefined);
  }

  send(data: string | Uint8Array): void {
    this.raw(wsFrame({ opcode: typeof data === "string" ? opcodes.text : opcodes.binary, payload: data }));
  }

  ping(payload: string | Uint8Array = ""): void {
    this.raw(wsFrame({ opcode: opcodes.ping, payload }));
  }

  pong(payload: string | Uint8Array): void {
    this.raw(wsFrame({ opcode: opcodes.pong, payload }));
  }

  close(code?: number, reason = ""): void {
    this.raw(
      wsFrame({ opcode: opcodes.close, payload: code === undefined ? "" : closePayload(code, reason) }),
    );
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  /** Stops reading; the kernel's buffers fill, then the server's. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Vanishes with an RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const { frames, rest } = takeFrames(
      this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]),
    );
    this.#bytes = rest;
    for (const frame of frames) this.#take(frame);
  }

  #take({ opcode, payload, fin }: ServerFrame): void {
    if (opcode === opcodes.ping) {
      this.pings.push(payload);
      if (this.answersPings) this.pong(payload);
    } else if (opcode === opcodes.pong) {
      this.pongs.push(payload);
    } else if (opcode === opcodes.close) {
      this.#takeClose(payload);
    } else {
      this.#takePart(opcode, payload, fin);
    }
  }

  #takeClose(payload: Buffer): void {
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.closeFrame ??= { code, reason: payload.subarray(2).toString() };
    if (this.answersClose) this.raw(wsFrame({ opcode: opcodes.close, payload }));
  }

  #takePart(opcode: number, payload: Buffer, fin: boolean): void {
    if (opcode !== opcodes.continuation) this.#partsOpcode = opcode;
    this.#parts.push(payload);
    if (!fin) return;
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.messages.push(this.#partsOpcode === opcodes.text ? whole.toString() : whole);
    this.onMessage?.();
  }
}

function nothing(): void {}
