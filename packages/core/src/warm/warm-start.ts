import type { MetricsChannel } from "../channels/metrics-channel.js";
import type { Store, StoredBatch, StoredBlock } from "../contracts/store.js";
import { segmentTicks } from "../history/ring.js";
import { sealTail } from "./unsealed-tail.js";

export interface WarmStartParts {
  readonly store: Store;
  readonly channel: MetricsChannel;
  readonly instance: string;
  /** This writer's own. */
  readonly epoch: string;
  readonly nowTick: number;
  /** Something stored cannot be read; the rest is. */
  readonly onFault: (cause: unknown) => void;
}

/** Windows that the retention is read in, newest first. */
const windows = 12;
/** What the newest window has at least: several segments, and what of a stream is not sealed. */
const leastWindowTicks = 8 * segmentTicks;
/** A keyframe comes at least every so many batches. */
const keyframeTicks = 2 * segmentTicks;

/**
 * Restores what earlier processes of this instance kept, newest first, so that whatever time there is goes to what is asked for
 * most. Resolves when everything is there, or there is no more room.
 */
export async function warmStart(parts: WarmStartParts): Promise<void> {
  const { channel, nowTick } = parts;
  const retentionTicks = Math.ceil(channel.retentionMs / channel.intervalMs);
  const size = Math.max(leastWindowTicks, Math.ceil(retentionTicks / windows));
  const oldestTick = Math.max(0, nowTick - retentionTicks);
  let isNewest = true;
  for (let toTick = nowTick; toTick > oldestTick; toTick -= size) {
    await restoreWindow(parts, Math.max(oldestTick, toTick - size), toTick, isNewest);
    isNewest = false;
  }
}

async function restoreWindow(
  parts: WarmStartParts,
  fromTick: number,
  toTick: number,
  isNewest: boolean,
): Promise<void> {
  const { store, channel, instance, epoch } = parts;
  const blocks: StoredBlock[] = [];
  const unsealed = new Set<string>();
  for await (const item of store.read({ channel: channel.name, instance, fromTick, toTick })) {
    if (item.epoch === epoch) continue;
    if (item.type === "batch") unsealed.add(item.epoch);
    // Of two windows that a block lies in, the newer has it.
    else if (item.toTick <= toTick) blocks.push(item);
    if (item.type === "batch" && !isNewest) break;
  }
  if (isNewest) for (const one of unsealed) blocks.push(...(await readTail(parts, one, blocks, fromTick)));
  for (const { bytes } of blocks.sort((a, b) => b.toTick - a.toTick)) {
    try {
      channel.history.restore(bytes);
    } catch (cause) {
      parts.onFault(cause);
    }
  }
}

/** What a writer left unsealed, sealed: for this history, and in its name for everybody's. */
async function readTail(
  parts: WarmStartParts,
  epoch: string,
  blocks: readonly StoredBlock[],
  oldestTick: number,
): Promise<StoredBlock[]> {
  const { store, channel, instance, nowTick, onFault } = parts;
  const { name, intervalMs, retentionMs } = channel;
  const segments = blocks.filter((block) => block.epoch === epoch && block.stepTicks === 1);
  const last = segments.sort((a, b) => b.toTick - a.toTick)[0];
  const fromTick = Math.max(0, last === undefined ? oldestTick : last.toTick - keyframeTicks);
  const query = { channel: name, instance, fromTick, toTick: nowTick, stepTicks: 1, coveredBatches: true };
  const batches: StoredBatch[] = [];
  for await (const item of store.read(query)) {
    if (item.type === "batch" && item.epoch === epoch) batches.push(item);
  }
  try {
    return sealTail(batches, last, intervalMs).map((sealed) => {
      const { fromTick: begin, toTick, stepTicks, bytes } = sealed;
      const place = { fromTick: begin, toTick, stepTicks, expiresMs: toTick * intervalMs + retentionMs };
      const block: StoredBlock = { type: "block", channel: name, instance, epoch, ...place, bytes };
      store.seal(block);
      return block;
    });
  } catch (cause) {
    onFault(cause);
    return [];
  }
}
