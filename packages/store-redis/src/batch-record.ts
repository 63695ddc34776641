import type { StoredBatch, WriterKey } from "@metricast/core";

/**
 * What is stored of a batch: a version, flags, how many ticks before it the one before was (LEB128), and its bytes. Tick
 * and writer are told by where it lies.
 */

const version = 1;
const keyframeFlag = 1;
const prevFlag = 2;
const longestVarint = 8;

export function encodeBatch({ tick, prev, keyframe, bytes }: StoredBatch): Buffer {
  const head = [version, (keyframe ? keyframeFlag : 0) | (prev === undefined ? 0 : prevFlag)];
  if (prev !== undefined) pushVarint(head, tick - prev);
  const record = Buffer.allocUnsafe(head.length + bytes.byteLength);
  record.set(head);
  record.set(bytes, head.length);
  return record;
}

/** Undefined for what is no record of a version that this one reads. */
export function decodeBatch(writer: WriterKey, tick: number, record: Uint8Array): StoredBatch | undefined {
  const [found, flags = 0] = record;
  if (found !== version || flags > (keyframeFlag | prevFlag)) return undefined;
  const keyframe = (flags & keyframeFlag) !== 0;
  const base = { type: "batch", ...writer, tick, keyframe } as const;
  if ((flags & prevFlag) === 0) return { ...base, bytes: record.subarray(2) };
  let [distance, scale, at] = [0, 1, 2];
  for (let byte = 0x80; byte >= 0x80; at += 1, scale *= 0x80) {
    byte = record[at] ?? 0;
    if (at >= record.length || at > longestVarint) return undefined;
    distance += (byte & 0x7f) * scale;
  }
  return distance > 0 ? { ...base, prev: tick - distance, bytes: record.subarray(at) } : undefined;
}

/** Whether a record says of itself that reading may begin with it. */
export function isKeyframe(record: Uint8Array): boolean {
  return record[0] === version && ((record[1] ?? 0) & keyframeFlag) !== 0;
}

function pushVarint(into: number[], value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into.push((rest % 0x80) | 0x80);
  into.push(rest);
}
