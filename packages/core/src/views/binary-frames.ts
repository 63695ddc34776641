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
import { FrameSlab } from "./frame-slab.js";
import type { Frames, ViewAddress } from "./frames.js";
import type { Membership } from "./membership.js";
import type { BinaryTokens } from "./tokens.js";

/** Dictionaries of fewer characters gain nothing. */
const leastPackedLength = 256;
/** Longer ones would hold the event loop for more than they are worth. */
const mostThoroughLength = 262_144;
/** One for all views, so that it stays in the cache: nothing of it outlives a call. */
const out = new BitWriter();

const none: readonly string[] = [];

/** Messages as bits. */
export class BinaryFrames implements Frames {
  // More than it takes on average: reading a page's points has to be quick as well.
  readonly pointBytes = { tick: 3, merged: 12 };
  readonly tokens: BinaryTokens;
  readonly #slab = new FrameSlab();
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
    missing: readonly string[] = none,
  ): EncodedFrame {
    out.clear();
    writeHead(out, binaryKinds.frame, number, chainHead(added, missing));
    out.bits(prev % 0x1_0000, 16);
    out.varint(tick - prev);
    this.tokens.writeFrame(out, membership.mask);
    return this.#slab.frame(out);
  }

  keyframe(
    { number, generation }: ViewAddress,
    tick: number,
    position: string,
    membership: Membership,
    missing: readonly string[] = [],
  ): EncodedFrame {
    const { head, packed } = this.#dictionaryOf(membership);
    out.clear();
    writeHead(
      out,
      binaryKinds.keyframe,
      number,
      { tick, generation, position, ...head, ...(missing.length > 0 && { missing }) },
      packed,
    );
    this.tokens.writeState(out, membership.mask);
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

function chainHead(added: readonly Series[], missing: readonly string[]): BinaryHead | undefined {
  if (added.length + missing.length === 0) return undefined;
  return { ...(added.length > 0 && { series: dictionaryOf(added) }), ...(missing.length > 0 && { missing }) };
}

function dictionaryOf(series: readonly Series[]): WireSeries[] {
  return compactDictionary(series.map(({ info }) => encodeSeriesInfo(info)));
}

function pack(series: WireSeries[]): { readonly head: BinaryHead; readonly packed?: Uint8Array } {
  const text = JSON.stringify(series);
  if (text.length < leastPackedLength) return { head: { series } };
  return { head: {}, packed: deflateRawSync(text, { level: text.length > mostThoroughLength ? 1 : 6 }) };
}
