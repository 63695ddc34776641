// Keeps a day of a thousand series at 5 s in one of several ways: what that takes in memory, and what a tick and a query
// of an hour take.
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { quantileOf } from "../drive/statistics.js";
import { ContinuedTrace } from "./continued-trace.js";
import { keptHistory } from "./kept-histories.js";
import { TraceColumns } from "./trace-columns.js";
import { cpuUs } from "./turns.js";

export interface HistoryFigures {
  readonly way: string;
  readonly ticks: number;
  /** Used heap and array buffers after a forced collection. */
  readonly bytesPerPoint: number;
  /** What it says itself. */
  readonly accountedBytesPerPoint: number | undefined;
  /** CPU of appending one tick, over all ticks. */
  readonly appendUs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Time of reading an hour of one series, over series. */
  readonly hourUs: { readonly p50: number; readonly p99: number };
  readonly compared: number;
  readonly different: number;
}

const hourTicks = 720;
const firstTick = 340_000_000;
const readTurns = 3;

async function usedBytes(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.();
    await sleep(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const [, , way = "metricast"] = process.argv;
const trace = new ContinuedTrace();
const columns = new TraceColumns(trace.series);
const before = await usedBytes();
const kept = keptHistory(way, trace.series);
const appendUs = new Float64Array(kept.ticks);
for (let tick = 0; tick < kept.ticks; tick += 1) {
  const batch = columns.batch(firstTick + tick, (index) => trace.value(tick, index));
  const from = cpuUs();
  kept.append(batch);
  appendUs[tick] = cpuUs() - from;
}
const taken = (await usedBytes()) - before;
const points = kept.ticks * trace.series.length;

/** The newest hour and one of the middle, of every series. */
let compared = 0;
let different = 0;
const hourUs: number[] = [];
for (const from of [kept.ticks - hourTicks, (kept.ticks >> 1) + 17]) {
  for (const index of trace.series.keys()) {
    for (let turn = 0; turn < readTurns; turn += 1) {
      const begunMs = performance.now();
      const values = kept.read(index, firstTick + from, hourTicks);
      hourUs.push(1_000 * (performance.now() - begunMs));
      if (turn > 0) continue;
      for (let at = 0; at < hourTicks; at += 1) {
        compared += 1;
        if (!Object.is(values[at], trace.value(from + at, index) ?? Number.NaN)) different += 1;
      }
    }
  }
}
const all = [...appendUs];
const result: HistoryFigures = {
  way,
  ticks: kept.ticks,
  bytesPerPoint: taken / points,
  accountedBytesPerPoint: kept.accountedBytes === undefined ? undefined : kept.accountedBytes / points,
  appendUs: { p50: quantileOf(all, 0.5), p99: quantileOf(all, 0.99), max: quantileOf(all, 1) },
  hourUs: { p50: quantileOf(hourUs, 0.5), p99: quantileOf(hourUs, 0.99) },
  compared,
  different,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
