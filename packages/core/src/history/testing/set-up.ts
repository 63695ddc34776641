import { type Block, isGaugeColumn } from "@metricast/protocol";
import { MemoryBudget } from "../budget.js";
import { ChannelHistory } from "../channel-history.js";
import type { SealedBlock } from "../sealed.js";
import type { Cell, TestFeed } from "./test-feed.js";

const megabyte = 1_048_576;

export interface Setup {
  tierSteps?: number[];
  retentionTicks?: number;
  limitBytes?: number;
  onSeal?: (block: SealedBlock) => void;
}

/** A history of a feed at one tick a second, with its budget. */
export function setUp(
  feed: TestFeed,
  { tierSteps = [10, 60], retentionTicks = 86_400, limitBytes = 64 * megabyte, onSeal }: Setup = {},
) {
  const budget = new MemoryBudget(limitBytes);
  const history = new ChannelHistory({
    intervalMs: 1_000,
    retentionMs: retentionTicks * 1_000,
    tierSteps,
    budget,
    ...(onSeal === undefined ? {} : { onSeal }),
  });
  const append = (tick: number, ...cells: Cell[]): void => history.append(feed.batch(tick, cells));
  const query = (fromTick: number, toTick: number, stepTicks = 1) =>
    history.query({ series: feed.series, fromTick, toTick, stepTicks });
  return { budget, history, append, query };
}

export function increases(block: Block, series = 0, slot = 0): number[] {
  const column = block.series[series]?.columns[slot];
  if (column === undefined || isGaugeColumn(column)) throw new Error("no counter");
  return [...column.increase];
}
