import { BitWriter } from "@metricast/protocol";
import type { Layout } from "./layout.js";

/**
 * How a packed segment is laid out: a table with the byte that each group of series begins at, what is told of all rows,
 * then the groups. A reader passes over the series of one group to find one of them.
 */

const bitsPerEntry = 5;
const bytesPerEntry = 4;

/** The group of a series, by the place of its first slot. */
export function groupOf(slotAt: number): number {
  return slotAt >>> bitsPerEntry;
}

function groupCount(layout: Layout, seriesCount: number): number {
  return seriesCount === 0 ? 0 : groupOf(layout.slotAt[seriesCount - 1] ?? 0) + 1;
}

/** The byte behind the table, where what is told of all rows stands. */
export function tableEnd(layout: Layout, seriesCount: number): number {
  return groupCount(layout, seriesCount) * bytesPerEntry;
}

export function groupStart(bytes: Uint8Array, group: number): number {
  const at = group * bytesPerEntry;
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low + ((bytes[at + 2] ?? 0) << 16) + (bytes[at + 3] ?? 0) * 0x1_00_00_00;
}

/** Puts a segment together, one series after the other. */
export class ColumnsWriter {
  readonly out = new BitWriter();
  readonly #chunks: Uint8Array[] = [];
  readonly #starts: number[] = [];
  #length = 0;

  /** Bits so far. */
  get bitLength(): number {
    return this.#length * 8 + this.out.bitLength;
  }

  /** The next series; true where a group begins with it. What is written before the first is told of all rows. */
  begin(slotAt: number): boolean {
    const group = groupOf(slotAt);
    if (group < this.#starts.length) return false;
    this.#closeChunk();
    // A wide series reaches over groups in which none begins.
    while (this.#starts.length <= group) this.#starts.push(this.#length);
    return true;
  }

  /** In a buffer of its own and of exactly its size. */
  finish(): Uint8Array {
    this.#closeChunk();
    const table = this.#starts.length * bytesPerEntry;
    const bytes = new Uint8Array(table + this.#length);
    const view = new DataView(bytes.buffer);
    for (const [group, start] of this.#starts.entries())
      view.setUint32(group * bytesPerEntry, table + start, true);
    let at = table;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #closeChunk(): void {
    const chunk = this.out.toBytes();
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    this.out.clear();
  }
}
