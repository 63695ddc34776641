import { WriterColumns } from "../cluster/writer-columns.js";
import type { StoredBatch } from "../contracts/store.js";
import { MemoryBudget } from "../history/budget.js";
import { ChannelHistory } from "../history/channel-history.js";
import type { SealedBlock } from "../history/sealed.js";
import { SeriesNames } from "../history/series-names.js";

/** Of a few hundred ticks at most. */
const budgetBytes = 64 * 1_024 * 1_024;

/**
 * Seals what a writer that ended without warning left in its stream: the batches after its last sealed segment, whose
 * counters go on from there. Batches ascend, and begin so early that a keyframe comes before those that are wanted.
 */
export function sealTail(
  batches: readonly StoredBatch[],
  lastSegment: { readonly toTick: number; readonly bytes: Uint8Array } | undefined,
  intervalMs: number,
): SealedBlock[] {
  const sealed: SealedBlock[] = [];
  const history = new ChannelHistory({
    intervalMs,
    retentionMs: Number.MAX_SAFE_INTEGER,
    tierSteps: [],
    budget: new MemoryBudget(budgetBytes),
    onSeal: (block) => sealed.push(block),
  });
  if (lastSegment !== undefined) history.restore(lastSegment.bytes);
  const columns = new WriterColumns(new SeriesNames());
  for (const stored of batches) {
    const batch = columns.read(stored);
    if (batch !== undefined && batch.tick > (lastSegment?.toTick ?? -1)) history.append(batch);
  }
  history.close();
  return sealed;
}
