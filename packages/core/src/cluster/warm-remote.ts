import type { Store, StoredBlock } from "../contracts/store.js";
import type { ChannelHistory } from "../history/channel-history.js";

export interface WarmRemoteParts {
  readonly store: Pick<Store, "read">;
  readonly channel: string;
  readonly instance: string;
  readonly history: Pick<ChannelHistory, "restore">;
  readonly retentionTicks: number;
  readonly nowTick: number;
  /** Something stored cannot be read; the rest is. */
  readonly onFault: (cause: unknown) => void;
}

/** Windows that the retention is read in, newest first. */
const windows = 12;
const leastWindowTicks = 960;

/**
 * Restores what an instance sealed before it was heard of here, newest first; gives the newest tick of that, undefined where
 * there is nothing. What it has not sealed yet is left: only the instance itself may seal it.
 */
export async function warmRemote(parts: WarmRemoteParts): Promise<number | undefined> {
  const { nowTick, retentionTicks } = parts;
  const size = Math.max(leastWindowTicks, Math.ceil(retentionTicks / windows));
  const oldestTick = Math.max(0, nowTick - retentionTicks);
  let newest: number | undefined;
  for (let toTick = nowTick; toTick > oldestTick; toTick -= size) {
    const end = await restoreWindow(parts, Math.max(oldestTick, toTick - size), toTick);
    newest ??= end;
  }
  return newest;
}

async function restoreWindow(
  { store, channel, instance, history, onFault }: WarmRemoteParts,
  fromTick: number,
  toTick: number,
): Promise<number | undefined> {
  const blocks: StoredBlock[] = [];
  for await (const item of store.read({ channel, instance, fromTick, toTick })) {
    // Blocks come first.
    if (item.type === "batch") break;
    // Of two windows that a block lies in, the newer has it.
    if (item.toTick <= toTick) blocks.push(item);
  }
  let newest: number | undefined;
  for (const { bytes, toTick: end } of blocks.sort((a, b) => b.toTick - a.toTick)) {
    try {
      if (history.restore(bytes)) newest ??= end;
    } catch (cause) {
      onFault(cause);
    }
  }
  return newest;
}
