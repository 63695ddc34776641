import { type BinaryMessage, parseBinary, type ServerMessage } from "@metricast/protocol";

export type Message = ServerMessage | BinaryMessage;

/** A message as its socket gave it: text is JSON, everything else is bits. Throws for what is neither. */
export function readMessage(data: unknown): Message {
  if (data instanceof ArrayBuffer) return parseBinary(new Uint8Array(data));
  if (ArrayBuffer.isView(data)) {
    return parseBinary(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return JSON.parse(String(data));
}
