import { getHeapSpaceStatistics } from "node:v8";
import type { Columns, Series } from "../../contracts/feed.js";
import { MemoryBudget } from "../budget.js";
import { ChannelHistory } from "../channel-history.js";
import { gauge, histogram, noise } from "./test-feed.js";

/**
 * A process of its own: fills the histories of some channels until the budget is used up and for some time after, and
 * says what they really take: what is free once they are closed. Run it with --expose-gc --no-flush-bytecode.
 */

/** A twin that forgets half of what packed segments take. */
class ForgetfulBudget extends MemoryBudget {
  override exchange(from: number, to: number): void {
    super.exchange(from, to / 2);
  }
}

interface Wanted {
  readonly limitBytes: number;
  readonly channels: number;
  readonly series: number;
  readonly ticks: number;
  readonly forgetful: boolean;
}

function columnsOf(count: number): Columns {
  const series: Series[] = [];
  let slot = 0;
  for (let index = 0; index < count; index += 1) {
    const info = index % 10 === 9 ? histogram(`h${index}`, [1, 2]) : gauge(`g${index}`);
    const width = index % 10 === 9 ? 4 : 1;
    series.push({ index, slot, width, info, bornTick: 0 });
    slot += width;
  }
  const [values, states] = [new Float64Array(slot), new Uint8Array(count).fill(1)];
  return { series, values, states, slotCount: slot, staleCause: () => undefined };
}

function advance({ series, values }: Columns, tick: number): void {
  for (const { slot, width, info } of series) {
    for (let at = slot; at < slot + width; at += 1) {
      const more = noise(tick, at);
      values[at] = info.kind === "gauge" ? more : (values[at] ?? 0) + Math.abs(more);
    }
  }
}

function fill(all: readonly Columns[], budget: MemoryBudget, ticks: number): ChannelHistory[] {
  const options = { intervalMs: 5_000, retentionMs: 2_678_400_000, tierSteps: [12, 180], budget };
  const histories = all.map(() => new ChannelHistory(options));
  for (let tick = 1; tick <= ticks; tick += 1) {
    for (const [at, columns] of all.entries()) {
      advance(columns, tick);
      const batch = { channel: "metrics", tick, prev: tick - 1, columns, changed: [], firstNew: 0 };
      histories[at]?.append(batch);
    }
  }
  return histories;
}

/**
 * Without compiled code: it serves all histories, comes and goes as V8 sees fit, and may go with the objects it was made
 * for. Since Node 22 most of what belongs to it is in the trusted space.
 */
function measured(): number {
  // Twice: what is freed by finalizers goes with the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const spaces = getHeapSpaceStatistics().filter(({ space_name }) => !/^(code|trusted)_/.test(space_name));
  return spaces.reduce((sum, space) => sum + space.space_used_size, process.memoryUsage().arrayBuffers);
}

/** Leaves none in a variable, where it would not be collected. */
function closeAll(histories: ChannelHistory[]): void {
  while (histories.length > 0) histories.pop()?.close();
}

const wanted: Wanted = JSON.parse(process.argv[2] ?? "{}");
const all = Array.from({ length: wanted.channels }, () => columnsOf(wanted.series));
const budget = new (wanted.forgetful ? ForgetfulBudget : MemoryBudget)(wanted.limitBytes);
const histories = fill(all, budget, wanted.ticks);
const { usedBytes, evictions } = budget;
const bytes = histories.reduce((sum, history) => sum + history.bytes, 0);
const filled = measured();
closeAll(histories);
const realBytes = filled - measured();
process.stdout.write(JSON.stringify({ realBytes, usedBytes, evictions, bytes }));
