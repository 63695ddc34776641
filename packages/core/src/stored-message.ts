import { inflateRawSync } from "node:zlib";
import { type BinaryMessage, jsonOf, parseBinary, type WireSeries } from "@metricast/protocol";

const maxDictionaryBytes = 64 * 1_024 * 1_024;

/** The message of a stored batch, its dictionary unpacked. Throws for what is none. */
export function storedMessage(bytes: Uint8Array): BinaryMessage {
  const message = parseBinary(bytes);
  if (message.packed === undefined) return message;
  const json = inflateRawSync(message.packed, { maxOutputLength: maxDictionaryBytes });
  const series: readonly WireSeries[] = Object(jsonOf(json));
  return { ...message, head: { ...message.head, series } };
}
