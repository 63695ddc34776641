import type { EncodedFrame, Form, FrameForm, Packet } from "@metricast/core";

/** A whole WebSocket message, unmasked and in one piece: header and payload in one buffer, so one write sends it. */
export const wsForm: FrameForm<Buffer> = {
  key: Symbol("metricast.ws"),
  build: ({ bytes, binary }: EncodedFrame) => wsFrame(binary ? 0x82 : 0x81, bytes),
};

/** All of a packet in one piece; a packet of one message is that message's piece. */
export const wsPacket: Form<Packet, Buffer> = {
  key: Symbol("metricast.ws-packet"),
  build: (packet: Packet) => {
    const pieces = wsPieces(packet);
    const [first] = pieces;
    return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces);
  },
};

/** What of a packet is written one after the other. */
export function wsPieces({ frames, ping }: Packet): Buffer[] {
  const pieces = frames.map((frame) => frame.form(wsForm));
  return ping === undefined ? pieces : [...pieces, wsFrame(0x89, ping)];
}

function wsFrame(firstByte: number, bytes: Uint8Array): Buffer {
  const size = headerSize(bytes.length);
  // Not from the pool: a frame stays in a view's log, and would keep a whole slab of the pool alive with it.
  const frame = Buffer.allocUnsafeSlow(size + bytes.length);
  frame[0] = firstByte;
  if (size === 2) {
    frame[1] = bytes.length;
  } else if (size === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(bytes.length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(bytes.length), 2);
  }
  frame.set(bytes, size);
  return frame;
}

function headerSize(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}
