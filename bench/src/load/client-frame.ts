const mask = Buffer.of(0x17, 0x2a, 0x5b, 0x91);

/** One masked frame of a client. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.of(0x80 | opcode, 0x80 | length)
      : Buffer.of(0x80 | opcode, 0xfe, length >> 8, length & 0xff);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at & 3] ?? 0))]);
}

export interface FrameHead {
  readonly fin: boolean;
  readonly opcode: number;
  /** Where the payload starts and ends. */
  readonly start: number;
  readonly end: number;
}

/** The head of the frame at the front of what came; undefined where it is not all there. */
export function frameHead(bytes: Buffer, at: number): FrameHead | undefined {
  if (bytes.length - at < 2) return undefined;
  const short = bytes.readUInt8(at + 1) & 0x7f;
  const size = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length - at < size) return undefined;
  const start = at + size;
  const length =
    short === 127
      ? Number(bytes.readBigUInt64BE(at + 2))
      : short === 126
        ? bytes.readUInt16BE(at + 2)
        : short;
  const first = bytes.readUInt8(at);
  return { fin: first >= 0x80, opcode: first & 0x0f, start, end: start + length };
}
