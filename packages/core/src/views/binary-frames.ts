import { deflateRawSync } from "node:zlib";
import {
  type BinaryHead,
  BitWriter,
  type Block,
  BlockWriter,
  binaryKinds,
  compactDictionary,
  encodeSeriesInfo,
  type WireSeries,
  writeHead,
} from "@metricast/protocol";
import { EncodedFrame } from "../contracts/connection.js";
import type { Series } from "../contracts/feed.js";
import type { Frames, ViewAddress } from "./frames.js";
import type { Membership } from "./membership.js";
import type { BinaryTokens } from "./tokens.js";

/** Dictionaries of fewer characters gain nothing. */
const leastPackedLength = 256;
/** Longer ones would hold the event loop for more than they are worth. */
const mostThoroughLength = 262_144;

/** Messages as bits. */
export class BinaryFrames implements Frames {
  // More than it takes on average: reading a page's points has to be quick as well.
  readonly pointBytes = { tick: 3, merged: 12 };
  readonly tokens: BinaryTokens;
  readonly #out = new BitWriter();
  readonly #blocks = new BlockWriter();
  /** The dictionary of so many series: it only grows. */
  #dictionary:
    | { readonly count: number; readonly head: BinaryHead; readonly packed?: Uint8Array }
    | undefined;

  constructor(tokens: BinaryTokens) {
    this.tokens = tokens;
  }

  chain(
    { number }: ViewAddress,
    tick: number,
    prev: number,
    membership: Membership,
    added: readonly Series[],
    missing: readonly string[] = [],
  ): EncodedFrame {
    const out = this.#out;
    out.clear();
    const isPlain = added.length === 0 && missing.length === 0;
    const head = {
      ...(added.length > 0 && { series: dictionaryOf(added) }),
      ...(missing.length > 0 && { missing }),
    };
    writeHead(out, binaryKinds.frame, number, isPlain ? undefined : head);
    out.bits(prev % 0x1_0000, 16);
    out.varint(tick - prev);
    this.tokens.writeFrame(out, membership);
    return EncodedFrame.binary(out.peek());
  }

  keyframe(
    { number, generation }: ViewAddress,
    tick: number,
    position: string,
    membership: Membership,
    missing: readonly string[] = [],
  ): EncodedFrame {
    const { head, packed } = this.#dictionaryOf(membership);
    const out = this.#out;
    out.clear();
    writeHead(
      out,
      binaryKinds.keyframe,
      number,
      { tick, generation, position, ...head, ...(missing.length > 0 && { missing }) },
      packed,
    );
    this.tokens.writeState(out, membership);
    return EncodedFrame.binary(out.peek());
  }

  block({ number: view, generation }: ViewAddress, block: Block, membership: Membership): EncodedFrame {
    const idOf = ({ info }: Block["series"][number]) => membership.idOfInfo(info);
    return EncodedFrame.binary(this.#blocks.message(block, { view, generation }, idOf));
  }

  #dictionaryOf({ series }: Membership): { readonly head: BinaryHead; readonly packed?: Uint8Array } {
    if (this.#dictionary?.count !== series.length) {
      this.#dictionary = { count: series.length, ...pack(dictionaryOf(series)) };
    }
    return this.#dictionary;
  }
}

function dictionaryOf(series: readonly Series[]): WireSeries[] {
  return compactDictionary(series.map(({ info }) => encodeSeriesInfo(info)));
}

function pack(series: WireSeries[]): { readonly head: BinaryHead; readonly packed?: Uint8Array } {
  const text = JSON.stringify(series);
  if (text.length < leastPackedLength) return { head: { series } };
  return { head: {}, packed: deflateRawSync(text, { level: text.length > mostThoroughLength ? 1 : 6 }) };
}
