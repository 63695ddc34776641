import type { EncodedFrame, Form, Packet } from "@metricast/core";

/** First bytes of frames that are whole messages. */
const firstBytes = { text: 0x81, binary: 0x82, ping: 0x89 } as const;

const roomKey = Symbol("metricast.ws");

/** All of a packet in one piece; a packet of one message is that message's piece. */
export const wsPacket: Form<Packet, Buffer> = {
  key: Symbol("metricast.ws-packet"),
  build: (packet: Packet) => {
    const [first] = packet.frames;
    return first && isOneMessage(packet) ? wsPiece(first) : Buffer.concat(wsPieces(packet));
  },
};

export function isOneMessage({ frames, ping }: Packet): boolean {
  return frames.length === 1 && ping === undefined;
}

/** What of a packet is written one after the other. */
export function wsPieces({ frames, ping }: Packet): Buffer[] {
  const pieces = frames.map(wsPiece);
  return ping === undefined ? pieces : [...pieces, pingFrame(ping)];
}

function pingFrame(payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(2 + payload.length);
  writeHeader(frame, firstBytes.ping, payload.length);
  frame.set(payload, 2);
  return frame;
}

/** A whole WebSocket message, unmasked and in one piece: header and payload in one buffer, so one write sends it. */
export function wsPiece(frame: EncodedFrame): Buffer {
  const { length, binary } = frame;
  const size = headerSize(length);
  const piece = frame.withRoom(roomKey, size) ?? behindRoom(frame.bytes, size);
  writeHeader(piece, binary ? firstBytes.binary : firstBytes.text, length);
  return piece;
}

function behindRoom(bytes: Uint8Array, size: number): Buffer {
  // Not from the pool: a frame stays in a view's log, and would keep a whole slab of the pool alive with it.
  const piece = Buffer.allocUnsafeSlow(size + bytes.length);
  piece.set(bytes, size);
  return piece;
}

function writeHeader(piece: Buffer, firstByte: number, length: number): void {
  piece[0] = firstByte;
  if (length < 126) {
    piece[1] = length;
  } else if (length < 65_536) {
    piece[1] = 126;
    piece.writeUInt16BE(length, 2);
  } else {
    piece[1] = 127;
    piece.writeUIntBE(0, 2, 2);
    piece.writeUIntBE(length, 4, 6);
  }
}

function headerSize(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}
