import { deflateRawSync, inflateRawSync } from "node:zlib";
import {
  type Block,
  decodeSeriesInfo,
  encodeSeriesInfo,
  slotCount,
  type TickRange,
  type WireSeries,
} from "@metricast/protocol";
import { Layout } from "./layout.js";
import { type PackedRawParts, PackedRawSegment } from "./packed-raw-segment.js";
import { PackedTierSegment } from "./packed-tier-segment.js";
import { RawCursor } from "./raw-cursor.js";
import type { Span } from "./raw-segment.js";
import { rawBlock, tierBlock } from "./segment-block.js";
import { TierCursor } from "./tier-cursor.js";

/**
 * A packed segment that stands alone: a version, three lengths, what is told of the whole as JSON, its series as deflated
 * JSON, and the segment as history keeps it.
 */

const version = 1;
const prefixBytes = 13;
const maxDictionaryBytes = 256 * 1_024 * 1_024;
/** A segment of a few bytes may say that a great many rows are the same: not more numbers than this. */
const maxNumbers = 2 ** 24;

interface SealedHead {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly rows: number;
  /** [from, to, …] */
  readonly gaps: readonly number[];
}

/** The series of segments as deflated JSON, made anew only when there are others. */
export class SealedDictionary {
  #layout: Layout | undefined;
  #seriesCount = 0;
  #bytes = new Uint8Array(0);

  of({ layout, seriesCount }: Pick<Span, "layout" | "seriesCount">): Uint8Array {
    if (layout === this.#layout && seriesCount === this.#seriesCount) return this.#bytes;
    const series = layout.series.slice(0, seriesCount).map(({ info }) => encodeSeriesInfo(info, true));
    this.#layout = layout;
    this.#seriesCount = seriesCount;
    this.#bytes = new Uint8Array(deflateRawSync(JSON.stringify(series)));
    return this.#bytes;
  }
}

export function writeSealed(parts: {
  readonly segment: Omit<PackedRawParts, "layout" | "seriesCount">;
  readonly stepTicks: number;
  readonly gaps: readonly TickRange[];
  readonly dictionary: Uint8Array;
}): Uint8Array {
  const { segment, stepTicks, gaps, dictionary } = parts;
  const { rows, firstEnd, lastEnd, packed } = segment;
  const head: SealedHead = {
    from: firstEnd - stepTicks,
    to: lastEnd,
    step: stepTicks,
    rows,
    gaps: gaps.flatMap(({ fromTick, toTick }) => [fromTick, toTick]),
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(prefixBytes + text.length + dictionary.length + packed.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  let at = prefixBytes;
  for (const [index, part] of [text, dictionary, packed].entries()) {
    view.setUint32(1 + 4 * index, part.length);
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A packed segment that was opened: it is read as those that history packed itself. */
export type SealedSegment = (
  | { readonly kind: "raw"; readonly segment: PackedRawSegment }
  | { readonly kind: "tier"; readonly segment: PackedTierSegment }
) & { readonly stepTicks: number; readonly gaps: readonly TickRange[] };

/** Opens packed segments; those that come one after the other with the same dictionary share a layout. */
export class SealedReader {
  readonly #newLayout: () => Layout;
  readonly #rawCursor = new RawCursor();
  readonly #tierCursor = new TierCursor();
  #dictionary: Uint8Array | undefined;
  #layout = new Layout();

  constructor(newLayout: () => Layout = () => new Layout()) {
    this.#newLayout = newLayout;
  }

  /** Throws for what is none. */
  open(bytes: Uint8Array): SealedSegment {
    const [text, deflated, packed] = partsOf(bytes);
    const { from, to, step: stepTicks, rows, gaps: flat } = readHead(text);
    const layout = this.#layoutOf(deflated);
    if (!(layout.slotCount * rows <= maxNumbers)) throw new TypeError();
    const gaps = Array.from({ length: flat.length / 2 }, (_, at) => ({
      fromTick: flat[2 * at] ?? 0,
      toTick: flat[2 * at + 1] ?? 0,
    }));
    const ends = { firstEnd: from + stepTicks, lastEnd: to };
    const parts = { layout, seriesCount: layout.seriesCount, rows, ...ends, packed };
    return stepTicks === 1
      ? { kind: "raw", stepTicks, gaps, segment: new PackedRawSegment(parts, this.#rawCursor) }
      : {
          kind: "tier",
          stepTicks,
          gaps,
          segment: new PackedTierSegment({ ...parts, stepTicks }, this.#tierCursor),
        };
  }

  #layoutOf(deflated: Uint8Array): Layout {
    if (this.#dictionary !== undefined && Buffer.compare(this.#dictionary, deflated) === 0)
      return this.#layout;
    this.#layout = readLayout(deflated, this.#newLayout());
    // What it is a part of is not to be kept for it.
    this.#dictionary = deflated.slice();
    return this.#layout;
  }
}

/** The block that `SealedBlock.bytes` were made of. Throws for what are none. */
export function readSealed(bytes: Uint8Array): Block {
  const sealed = new SealedReader().open(bytes);
  return sealed.kind === "raw"
    ? rawBlock(sealed.segment, sealed.gaps)
    : tierBlock(sealed.segment, sealed.stepTicks, sealed.gaps);
}

function partsOf(bytes: Uint8Array): [head: Uint8Array, dictionary: Uint8Array, packed: Uint8Array] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== version) throw new TypeError();
  const lengths = [view.getUint32(1), view.getUint32(5), view.getUint32(9)] as const;
  const [head, dictionary, packed] = lengths;
  if (prefixBytes + head + dictionary + packed !== bytes.length) throw new TypeError();
  const [atDictionary, atPacked] = [prefixBytes + head, prefixBytes + head + dictionary];
  return [
    bytes.subarray(prefixBytes, atDictionary),
    bytes.subarray(atDictionary, atPacked),
    bytes.subarray(atPacked),
  ];
}

function readHead(text: Uint8Array): SealedHead {
  const head: Partial<SealedHead> = Object(JSON.parse(new TextDecoder().decode(text)));
  const { from = -1, to = -1, step = 0, rows = 0, gaps = [] } = head;
  const isSound =
    [from, to, step, rows, ...gaps].every(Number.isSafeInteger) &&
    step > 0 &&
    rows > 0 &&
    (to - from) % step === 0 &&
    rows <= (to - from) / step &&
    gaps.length % 2 === 0;
  if (!isSound) throw new TypeError();
  return { from, to, step, rows, gaps };
}

function readLayout(deflated: Uint8Array, layout: Layout): Layout {
  const json = inflateRawSync(deflated, { maxOutputLength: maxDictionaryBytes }).toString();
  const entries: readonly WireSeries[] = JSON.parse(json);
  for (const [index, entry] of entries.entries()) {
    const info = decodeSeriesInfo(Object(entry));
    layout.add({ index, slot: layout.slotCount, width: slotCount(info), info, bornTick: 0 });
  }
  return layout;
}
