import type { WriterKey } from "@metricast/core";

/** What waits to be written. */
export type Outgoing = OutgoingBatch | OutgoingBlock;

/** A stream that this instance writes. */
export interface TargetStream {
  readonly writer: WriterKey;
  readonly key: string;
  /** Whether it is known to exist: only then may an append go without making it. */
  exists: boolean;
  /** Remembers what Redis has taken. */
  written(batch: OutgoingBatch): void;
}

export interface OutgoingBatch {
  readonly kind: "batch";
  readonly stream: TargetStream;
  readonly tick: number;
  readonly keyframe: boolean;
  readonly record: Buffer;
  readonly sinceMs: number;
}

export interface OutgoingBlock {
  readonly kind: "block";
  readonly writer: WriterKey;
  readonly member: string;
  readonly key: string;
  readonly expiresMs: number;
  readonly record: Buffer;
  readonly sinceMs: number;
}
