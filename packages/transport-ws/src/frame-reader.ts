import { isUtf8 } from "node:buffer";
import { isSendableCode, maxControlBytes } from "./close-code.js";

/** What is read from a client. Once it failed or closed, nothing more comes. */
export interface FrameHandler {
  gotMessage(data: string | Uint8Array): void;
  gotPing(payload: Uint8Array): void;
  gotPong(payload: Uint8Array): void;
  /** The client's close frame; 1005 where it names no code. */
  gotClose(code: number, reason: string): void;
  /** The bytes break a rule; the close code says which. */
  gotFault(code: number): void;
}

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const maxFragments = 16;
const maskBytes = 4;
const faulty = -1;

/**
 * Takes a client's bytes as they come, in any cut, and gives its messages and control frames (RFC 6455, no extensions).
 * Holds no more than one frame that is not whole yet and the fragments of one message, which together are bounded.
 */
export class FrameReader {
  readonly #handler: FrameHandler;
  readonly #maxBytes: number;
  #isDone = false;
  /** A frame that is not whole yet, as far as it came. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** Of a message that is not whole yet. */
  #fragments: Buffer[] | undefined;
  #fragmentBytes = 0;
  #isText = false;

  /** `maxBytes`: of one message. */
  constructor(handler: FrameHandler, maxBytes: number) {
    this.#handler = handler;
    this.#maxBytes = maxBytes;
  }

  /** The chunk is the reader's: it is unmasked in place. */
  take(chunk: Buffer): void {
    let at = this.#partial ? this.#fill(this.#partial, chunk) : 0;
    while (at < chunk.length && !this.#isDone) {
      const size = this.#sizeOf(chunk, at, chunk.length);
      if (size === faulty) return;
      if (at + size > chunk.length) return this.#keep(chunk, at, size);
      this.#takeFrame(chunk, at, at + size);
      at += size;
    }
  }

  /** The bytes of the frame that begins at a place, as far as what came of it tells. */
  #sizeOf(bytes: Buffer, at: number, end: number): number {
    if (end - at < 2) return 2;
    const second = bytes[at + 1] ?? 0;
    const code = this.#faultOf(bytes[at] ?? 0, second);
    if (code !== undefined) return this.#fail(code);
    const header = headerSize(second);
    if (end - at < header) return header;
    const length = payloadLength(bytes, at);
    const isData = ((bytes[at] ?? 0) & 0x08) === 0;
    if (isData && length + this.#fragmentBytes > this.#maxBytes) return this.#fail(1009);
    return header + length;
  }

  /** The close code for a frame that may not begin so. */
  #faultOf(first: number, second: number): number | undefined {
    const opcode = first & 0x0f;
    const isFinal = (first & 0x80) !== 0;
    const hasReservedBits = (first & 0x70) !== 0;
    const isMasked = (second & 0x80) !== 0;
    if (hasReservedBits || !isMasked) return 1002;
    if (opcode >= opcodes.close)
      return opcode > opcodes.pong || !isFinal || (second & 0x7f) > maxControlBytes ? 1002 : undefined;
    if (opcode > opcodes.binary || (opcode === opcodes.continuation) !== (this.#fragments !== undefined))
      return 1002;
    return (this.#fragments?.length ?? 0) >= maxFragments ? 1008 : undefined;
  }

  #keep(chunk: Buffer, at: number, size: number): void {
    // Of its own, as the chunk may be a small part of something large.
    const partial = Buffer.allocUnsafeSlow(size);
    this.#filled = chunk.copy(partial, 0, at);
    this.#partial = partial;
  }

  /** Adds to a frame that began in an earlier chunk. Answers how much of the chunk it took. */
  #fill(begun: Buffer, chunk: Buffer): number {
    let partial = begun;
    for (let at = 0; ; ) {
      const size = this.#sizeOf(partial, 0, this.#filled);
      if (size === faulty) return chunk.length;
      if (size === this.#filled) {
        this.#partial = undefined;
        this.#takeFrame(partial, 0, size);
        return at;
      }
      if (size > partial.length) partial = copyOf(partial, size);
      this.#partial = partial;
      if (at === chunk.length) return at;
      const copied = chunk.copy(partial, this.#filled, at, at + size - this.#filled);
      this.#filled += copied;
      at += copied;
    }
  }

  #takeFrame(bytes: Buffer, at: number, end: number): void {
    const first = bytes[at] ?? 0;
    const start = at + headerSize(bytes[at + 1] ?? 0);
    unmask(bytes, start, end);
    const payload = bytes.subarray(start, end);
    const opcode = first & 0x0f;
    if (opcode === opcodes.ping) this.#handler.gotPing(payload);
    else if (opcode === opcodes.pong) this.#handler.gotPong(payload);
    else if (opcode === opcodes.close) this.#close(payload);
    else this.#takeData(opcode, (first & 0x80) !== 0, payload);
  }

  #takeData(opcode: number, isFinal: boolean, payload: Buffer): void {
    if (opcode !== opcodes.continuation) this.#isText = opcode === opcodes.text;
    const before = this.#fragments;
    if (isFinal) {
      this.#fragments = undefined;
      this.#fragmentBytes = 0;
      return this.#give(before ? Buffer.concat([...before, payload]) : payload);
    }
    this.#fragments = [...(before ?? []), Buffer.from(payload)];
    this.#fragmentBytes += payload.length;
  }

  #give(payload: Buffer): void {
    if (!this.#isText) this.#handler.gotMessage(payload);
    else if (isUtf8(payload)) this.#handler.gotMessage(payload.toString());
    else this.#fail(1007);
  }

  #close(payload: Buffer): void {
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE();
    const reason = payload.subarray(2);
    if (payload.length === 1 || (payload.length > 1 && !isSendableCode(code))) this.#fail(1002);
    else if (!isUtf8(reason)) this.#fail(1007);
    else {
      this.#stop();
      this.#handler.gotClose(code, reason.toString());
    }
  }

  #fail(code: number): typeof faulty {
    this.#stop();
    this.#handler.gotFault(code);
    return faulty;
  }

  #stop(): void {
    this.#isDone = true;
    this.#partial = undefined;
    this.#fragments = undefined;
  }
}

/** Of a client's frame, which has a mask. */
function headerSize(second: number): number {
  const length = second & 0x7f;
  if (length < 126) return 2 + maskBytes;
  return length === 126 ? 4 + maskBytes : 10 + maskBytes;
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = (bytes[at + 1] ?? 0) & 0x7f;
  if (length < 126) return length;
  if (length === 126) return bytes.readUInt16BE(at + 2);
  return bytes.readUInt32BE(at + 2) * 2 ** 32 + bytes.readUInt32BE(at + 6);
}

function unmask(bytes: Buffer, start: number, end: number): void {
  const mask = start - maskBytes;
  for (let at = start; at < end; at++) bytes[at] = (bytes[at] ?? 0) ^ (bytes[mask + ((at - start) & 3)] ?? 0);
}

function copyOf(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(size);
  bytes.copy(copy);
  return copy;
}
