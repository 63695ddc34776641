import {
  loadTrace,
  manualClock,
  ServedCast,
  seriesKey,
  type Trace,
  until,
  type WireView,
} from "@metricast/testkit";
import { metricast } from "metricast";
import { TraceReplay } from "./trace-replay.js";

export interface SelectedBytes {
  readonly ticks: number;
  /** All that the client's socket received: the answer to the upgrade, the join, frames and pings. */
  readonly bytes: number;
  /** What every full snapshot as JSON would have been, without any framing. */
  readonly snapshotBytes: number;
  readonly ratio: number;
  /** Values compared with the trace, and those that were not the same number. */
  readonly compared: number;
  readonly wrong: readonly string[];
}

const watchedSlots = 10;
const allSlots = 200;
const ticks = 600;
const intervalMs = 1_000;

/** Replays ten minutes of a recorded service and counts what a session costs that watches these of its series. */
export async function measureSelectedBytes(trace: Trace, chosen: readonly number[]): Promise<SelectedBytes> {
  const replay = new TraceReplay(trace, allSlots);
  const clock = manualClock();
  const cast = metricast({ clock, intervalMs, sources: [replay], defaultSources: false });
  const served = await ServedCast.start(cast);
  try {
    await clock.advanceAsync(0);
    const client = await served.connect();
    const view = await client.watch({ select: chosen.map((index) => patternOf(trace, index)) });
    let snapshotBytes = 0;
    let compared = 0;
    const wrong: string[] = [];
    for (let tick = 0; tick < ticks; tick += 1) {
      if (tick > 0) await clock.advanceAsync(intervalMs);
      const head = Math.floor(clock.dateMs() / intervalMs);
      await until(() => view.tick === head, 5_000, `tick ${head}; the client is at ${view.tick}`);
      snapshotBytes += Buffer.byteLength(replay.snapshotJson());
      compared += chosen.length;
      wrong.push(...differences(view, trace, chosen, replay.row));
    }
    const bytes = client.peer.bytesRead;
    return { ticks: view.frames.length, bytes, snapshotBytes, ratio: bytes / snapshotBytes, compared, wrong };
  } finally {
    await served.close();
  }
}

function differences(
  view: WireView,
  trace: Trace,
  chosen: readonly number[],
  row: readonly (number | null)[],
): string[] {
  const wrong = [...view.faults];
  if (view.series.length !== chosen.length) wrong.push(`${view.series.length} series`);
  for (const index of chosen) {
    const key = keyOf(trace, index);
    if (!Object.is(view.value(key), row[index])) wrong.push(`${key} ${view.value(key)} ${row[index]}`);
  }
  return wrong;
}

/** A pattern for one series: all of its labels are stated, and those that others of its name have are stated as empty. */
function patternOf(trace: Trace, index: number): string {
  const series = trace.series[index];
  if (series === undefined) throw new Error(`no series ${index}`);
  const labels = new Map<string, string>();
  for (const other of trace.series) {
    if (other.name === series.name) for (const label of Object.keys(other.labels)) labels.set(label, "");
  }
  for (const [label, value] of Object.entries(series.labels)) labels.set(label, value);
  return seriesKey({ name: series.name, labels: Object.fromEntries(labels) });
}

function keyOf(trace: Trace, index: number): string {
  const series = trace.series[index];
  return series === undefined ? "" : seriesKey(series);
}

/** Choices of ten among the first 200: those that change most often, the first, and some by chance from a fixed seed. */
export function choices(trace: Trace, byChance: number): ReadonlyMap<string, readonly number[]> {
  const all = Array.from({ length: allSlots }, (_, index) => index);
  const changes = all.map((index) => changesOf(trace, index));
  const busiest = all.toSorted((a, b) => (changes[b] ?? 0) - (changes[a] ?? 0)).slice(0, watchedSlots);
  const chosen = new Map([["most changing", busiest]]);
  let seed = 20_260_801;
  const next = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  for (let round = 1; round <= byChance; round += 1) {
    const shuffled = all.map((index) => ({ index, at: next() })).toSorted((a, b) => a.at - b.at);
    chosen.set(
      `by chance ${round}`,
      shuffled.slice(0, watchedSlots).map(({ index }) => index),
    );
  }
  return chosen;
}

function changesOf(trace: Trace, index: number): number {
  return trace.rows.filter((row, at) => at > 0 && !Object.is(row[index], trace.rows[at - 1]?.[index])).length;
}

export function loadExpressTrace(): Trace {
  return loadTrace("express-prom-client-1s");
}
