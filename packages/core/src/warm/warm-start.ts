import type { Store, StoredBatch, StoredBlock } from "../contracts/store.js";
import type { ChannelHistory } from "../history/channel-history.js";
import { segmentTicks } from "../history/ring.js";
import { sealTail } from "./unsealed-tail.js";

export interface WarmStartParts {
  readonly store: Pick<Store, "read">;
  readonly channel: { readonly name: string; readonly intervalMs: number; readonly retentionMs: number };
  /** Whose past it is. */
  readonly instance: string;
  /** A process whose past is not asked for. */
  readonly butOf?: string;
  readonly history: Pick<ChannelHistory, "restore">;
  /** The newest tick that is asked for. */
  readonly throughTick: number;
  /** What a process left unsealed was sealed here: only who comes after it may do so for everybody. */
  readonly onSealed?: (block: StoredBlock) => void;
  /** A process of whom something is kept, the newest first. */
  readonly onEpoch: (epoch: string) => void;
  /** Something stored cannot be read; the rest is. */
  readonly onFault: (cause: unknown) => void;
}

/** Windows that the retention is read in, newest first. */
const windows = 12;
/** What the newest window has at least: several segments, and what of a stream is not sealed. */
const leastWindowTicks = 8 * segmentTicks;
/** A keyframe comes at least every 120 batches, which are more ticks where some were passed over. */
const keyframeTicks = leastWindowTicks;

/**
 * Restores what processes of an instance kept, newest first, so that whatever time there is goes to what is asked for most.
 * Resolves when everything is there, or there is no more room, with the newest tick; undefined where there is nothing.
 */
export async function warmStart(parts: WarmStartParts): Promise<number | undefined> {
  const { channel, throughTick } = parts;
  const retentionTicks = Math.ceil(channel.retentionMs / channel.intervalMs);
  const size = Math.max(leastWindowTicks, Math.ceil(retentionTicks / windows));
  const oldestTick = Math.max(0, throughTick - retentionTicks);
  let newest: number | undefined;
  for (let toTick = throughTick; toTick > oldestTick; toTick -= size) {
    const end = await restoreWindow(parts, Math.max(oldestTick, toTick - size), toTick);
    newest ??= end;
  }
  return newest;
}

async function restoreWindow(
  parts: WarmStartParts,
  fromTick: number,
  toTick: number,
): Promise<number | undefined> {
  const { store, channel, instance, history, butOf, throughTick, onEpoch, onFault } = parts;
  const blocks: StoredBlock[] = [];
  const unsealed = new Set<string>();
  for await (const item of store.read({ channel: channel.name, instance, fromTick, toTick })) {
    if (item.epoch === butOf) continue;
    // Of two windows that a block lies in, the newer has it.
    if (item.type === "block") {
      if (item.toTick <= toTick) blocks.push(item);
    } else if (toTick === throughTick) unsealed.add(item.epoch);
    else break;
  }
  for (const epoch of unsealed) blocks.push(...(await readTail(parts, epoch, blocks, fromTick)));
  let newest: number | undefined;
  for (const { epoch, bytes, toTick: end } of blocks.sort((a, b) => b.toTick - a.toTick)) {
    try {
      if (!history.restore(bytes)) continue;
      newest ??= end;
      onEpoch(epoch);
    } catch (cause) {
      onFault(cause);
    }
  }
  return newest;
}

/** What a process left unsealed, sealed. */
async function readTail(
  parts: WarmStartParts,
  epoch: string,
  blocks: readonly StoredBlock[],
  oldestTick: number,
): Promise<StoredBlock[]> {
  const { store, channel, instance, throughTick, onSealed, onFault } = parts;
  const { name, intervalMs, retentionMs } = channel;
  const segments = blocks.filter((block) => block.epoch === epoch && block.stepTicks === 1);
  const last = segments.sort((a, b) => b.toTick - a.toTick)[0];
  const fromTick = Math.max(0, last === undefined ? oldestTick : last.toTick - keyframeTicks);
  const query = {
    channel: name,
    instance,
    fromTick,
    toTick: throughTick,
    stepTicks: 1,
    coveredBatches: true,
  };
  const batches: StoredBatch[] = [];
  for await (const item of store.read(query)) {
    if (item.type === "batch" && item.epoch === epoch) batches.push(item);
  }
  try {
    return sealTail(batches, last, intervalMs).map((sealed) => {
      const { fromTick: begin, toTick, stepTicks, bytes } = sealed;
      const place = { fromTick: begin, toTick, stepTicks, expiresMs: toTick * intervalMs + retentionMs };
      const block: StoredBlock = { type: "block", channel: name, instance, epoch, ...place, bytes };
      onSealed?.(block);
      return block;
    });
  } catch (cause) {
    onFault(cause);
    return [];
  }
}
