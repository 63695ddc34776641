import type { StoredBlock, WriterKey } from "@metricast/core";

/** What is stored of a sealed block: a version and the block's bytes. All else is told by its key and its place in the index. */

const version = 1;

export function encodeBlock(bytes: Uint8Array): Buffer {
  const record = Buffer.allocUnsafe(1 + bytes.byteLength);
  record[0] = version;
  record.set(bytes, 1);
  return record;
}

/** Undefined for a version that this one does not read. */
export function decodeBlock(
  writer: WriterKey,
  place: BlockPlace,
  record: Uint8Array,
): StoredBlock | undefined {
  if (record[0] !== version) return undefined;
  return { type: "block", ...writer, ...place, bytes: record.subarray(1) };
}

/** Where a block lies in time, and until when. */
export type BlockPlace = Pick<StoredBlock, "fromTick" | "toTick" | "stepTicks" | "expiresMs">;

/** How the index names it; it is sorted by `expiresMs`. */
export function memberOf({ stepTicks, fromTick, toTick }: Omit<BlockPlace, "expiresMs">): string {
  return `${stepTicks}/${fromTick}/${toTick}`;
}

/** Undefined for what `memberOf` never made. */
export function placeOf(member: string, expiresMs: number): BlockPlace | undefined {
  const [stepTicks = -1, fromTick = -1, toTick = -1, ...more] = member.split("/").map(Number);
  const numbers = [stepTicks, fromTick, toTick, expiresMs];
  if (more.length > 0 || !numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) return undefined;
  return stepTicks > 0 && toTick > fromTick ? { stepTicks, fromTick, toTick, expiresMs } : undefined;
}
