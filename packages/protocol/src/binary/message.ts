import type { WireSeries } from "../wire-values.js";
import { BitReader } from "./bit-reader.js";
import type { BitWriter } from "./bit-writer.js";

/** Kinds of binary messages: the lower half of the first byte. */
export const binaryKinds = { frame: 1, keyframe: 2, block: 3 } as const;

/** What else the first byte says: which parts follow. */
export const binaryFlags = { json: 128, packed: 64 } as const;

const kindMask = 15;

/** What a binary message says as JSON, by kind; `series` are dictionary entries as `compactDictionary` gives them. */
export interface BinaryHead {
  readonly tick?: number;
  readonly generation?: number;
  readonly position?: string;
  readonly missing?: readonly string[];
  readonly series?: readonly WireSeries[];
  readonly from?: number;
  readonly to?: number;
  readonly step?: number;
  readonly gaps?: readonly number[];
}

/** A binary message, its body still to be read. */
export interface BinaryMessage {
  readonly type: "binary";
  readonly kind: number;
  readonly view: number;
  readonly head: BinaryHead;
  /** The dictionary, as deflate-raw of its JSON: it is to be inflated and given as `head.series`. */
  readonly packed: Uint8Array | undefined;
  readonly body: BitReader;
}

/** What a message begins with. `packed` takes the place of `head.series`. */
export function writeHead(
  out: BitWriter,
  kind: number,
  view: number,
  head?: BinaryHead,
  packed?: Uint8Array,
): void {
  out.bits(kind | (head ? binaryFlags.json : 0) | (packed ? binaryFlags.packed : 0), 8);
  out.varint(view);
  if (head) writePart(out, new TextEncoder().encode(JSON.stringify(head)));
  if (packed) writePart(out, packed);
}

/** Splits a message; throws for what is none. */
export function parseBinary(bytes: Uint8Array): BinaryMessage {
  const body = new BitReader(bytes);
  const flags = body.bits(8);
  const view = body.varint();
  const head: BinaryHead = flags & binaryFlags.json ? Object(jsonOf(readPart(body))) : {};
  const packed = flags & binaryFlags.packed ? readPart(body) : undefined;
  const kind = flags & kindMask;
  if (body.isOver || kind < binaryKinds.frame || kind > binaryKinds.block) throw new TypeError();
  return { type: "binary", kind, view, head, packed, body };
}

/** Bytes of text as JSON; throws where they are none. */
export function jsonOf(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

function writePart(out: BitWriter, part: Uint8Array): void {
  out.varint(part.length);
  out.bytes(part);
}

function readPart(input: BitReader): Uint8Array {
  return input.bytes(input.varint());
}
