import { randomBytes } from "node:crypto";

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameSpec {
  readonly opcode: number;
  readonly payload?: string | Uint8Array;
  /** Default true. */
  readonly fin?: boolean;
  /** The three reserved bits, as a number of 0 to 7. Default 0. */
  readonly rsv?: number;
  /** Default true: clients must. */
  readonly masked?: boolean;
  /** A length to declare instead of the payload's own. */
  readonly declaredLength?: bigint;
}

/** The bytes of one WebSocket frame, also of those that no client may send. */
export function wsFrame({
  opcode,
  payload = "",
  fin = true,
  rsv = 0,
  masked = true,
  declaredLength,
}: FrameSpec): Buffer {
  const body = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const mask = masked ? randomBytes(4) : Buffer.alloc(0);
  const length = lengthBytes(declaredLength ?? BigInt(body.length));
  length[0] = (length[0] ?? 0) | (masked ? 0x80 : 0);
  return Buffer.concat([Buffer.of(first), length, mask, masked ? xor(body, mask) : body]);
}

export function closePayload(code: number, reason: string | Uint8Array = ""): Buffer {
  const head = Buffer.alloc(2);
  head.writeUInt16BE(code);
  return Buffer.concat([head, Buffer.from(reason)]);
}

export interface ServerFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** Takes whole frames off the front of what came; what is left waits for more. Servers do not mask. */
export function takeFrames(bytes: Buffer): { frames: ServerFrame[]; rest: Buffer } {
  const frames: ServerFrame[] = [];
  let at = 0;
  for (;;) {
    const header = readHeader(bytes, at);
    if (header === undefined || header.end > bytes.length) return { frames, rest: bytes.subarray(at) };
    const first = bytes[at] ?? 0;
    frames.push({
      fin: first >= 0x80,
      opcode: first & 0x0f,
      payload: bytes.subarray(header.start, header.end),
    });
    at = header.end;
  }
}

function readHeader(bytes: Buffer, at: number): { start: number; end: number } | undefined {
  const left = bytes.length - at;
  if (left < 2) return undefined;
  const short = bytes.readUInt8(at + 1) & 0x7f;
  if (short < 126) return { start: at + 2, end: at + 2 + short };
  if (short === 126) {
    return left < 4 ? undefined : { start: at + 4, end: at + 4 + bytes.readUInt16BE(at + 2) };
  }
  return left < 10 ? undefined : { start: at + 10, end: at + 10 + Number(bytes.readBigUInt64BE(at + 2)) };
}

function lengthBytes(length: bigint): Buffer {
  if (length < 126n) return Buffer.of(Number(length));
  if (length < 65_536n) {
    const short = Buffer.of(126, 0, 0);
    short.writeUInt16BE(Number(length), 1);
    return short;
  }
  const long = Buffer.alloc(9);
  long[0] = 127;
  long.writeBigUInt64BE(length, 1);
  return long;
}

function xor(body: Buffer, mask: Buffer): Buffer {
  return Buffer.from(body.map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
}
