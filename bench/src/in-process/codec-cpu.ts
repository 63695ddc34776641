// How long a tick of each trace takes: to encode and decode as bits, and as the JSON of its snapshot.
import {
  BinaryFrameReader,
  BitWriter,
  binaryKinds,
  compactDictionary,
  Mask,
  parseBinary,
  TickWriter,
  writeHead,
} from "@metricast/protocol";
import { loadTrace, type Trace, traceNames } from "../../../packages/testkit/src/traces.js";
import { plainNames, snapshotOf } from "./peer-codecs.js";

export interface CodecCpu {
  readonly trace: string;
  /** Microseconds per tick, one of each pass: medians over its ticks. */
  readonly encode: readonly number[];
  readonly decode: readonly number[];
  readonly stringify: readonly number[];
  readonly parse: readonly number[];
}

const view = 1;
const firstTick = 1_000_000;
const liveState = 1;
const absentState = 0;

/** Where a tick's values stand when they are encoded: in the same place each time, just written, as a collector does. */
class Columns {
  readonly changed: number[] = [];
  readonly values: Float64Array;
  readonly states: Uint8Array;

  constructor(series: number) {
    this.values = new Float64Array(series);
    this.states = new Uint8Array(series);
  }

  staleCause(): undefined {}

  collect({ changed, values, states }: Tick): void {
    this.values.set(values);
    this.states.set(states);
    this.changed.length = 0;
    for (const index of changed) this.changed.push(index);
  }
}

interface Tick {
  readonly changed: readonly number[];
  readonly values: Float64Array;
  readonly states: Uint8Array;
}

/** The changed series of every tick, and its values, made before time is taken. */
function ticksOf({ rows }: Trace): Tick[] {
  let before: readonly (number | null)[] = [];
  return rows.map((row) => {
    const changed = row.flatMap((value, index) => (Object.is(value, before[index] ?? null) ? [] : [index]));
    before = row;
    return {
      changed,
      values: Float64Array.from(row, (value) => value ?? 0),
      states: Uint8Array.from(row, (value) => (value === null ? absentState : liveState)),
    };
  });
}

function pass(trace: Trace, ticks: readonly Tick[], names: readonly string[]) {
  const times = {
    encode: [] as number[],
    decode: [] as number[],
    stringify: [] as number[],
    parse: [] as number[],
  };
  const writer = new TickWriter();
  for (const _ of trace.series) writer.add(1);
  const mask = Mask.of(trace.series.keys());
  const reader = new BinaryFrameReader(1);
  const out = new BitWriter();
  const latest = trace.series.map((): number | null => null);
  const columns = new Columns(trace.series.length);
  for (const [at, tick] of ticks.entries()) {
    const row = trace.rows[at] ?? [];
    const number = firstTick + at;
    columns.collect(tick);
    const encodeFrom = performance.now();
    writer.advance(columns.changed, columns);
    out.clear();
    if (at === 0) {
      const series = compactDictionary(
        trace.series.map(({ name, labels, kind }) => ({ name, labels, kind })),
      );
      writeHead(out, binaryKinds.keyframe, view, { tick: number, generation: 1, position: "", series });
      writer.writeState(out, mask);
    } else {
      writeHead(out, binaryKinds.frame, view);
      out.bits((number - 1) % 0x1_0000, 16);
      out.varint(1);
      writer.writeFrame(out, mask);
    }
    const bytes = out.toBytes();
    const decodeFrom = performance.now();
    const frame = reader.read(parseBinary(bytes));
    const stringifyFrom = performance.now();
    const snapshot = snapshotOf(names, row);
    const textFrom = performance.now();
    const text = JSON.stringify(snapshot);
    const parseFrom = performance.now();
    JSON.parse(text);
    const end = performance.now();
    check(frame.i, frame.v, latest, row);
    if (at === 0 || stringifyFrom > textFrom) continue;
    times.encode.push(decodeFrom - encodeFrom);
    times.decode.push(stringifyFrom - decodeFrom);
    times.stringify.push(parseFrom - textFrom);
    times.parse.push(end - parseFrom);
  }
  return times;
}

function check(
  gaps: readonly number[],
  values: readonly unknown[],
  latest: (number | null)[],
  row: readonly (number | null)[],
): void {
  let id = 0;
  for (const [at, gap] of gaps.entries()) {
    id += gap;
    const value = values[at];
    latest[id] = typeof value === "number" ? value : null;
  }
  const wrong = row.findIndex((value, index) => !Object.is(value, latest[index]));
  if (wrong >= 0) throw new Error(`series ${wrong} is ${latest[wrong]}, not ${row[wrong]}`);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return 1_000 * (sorted[sorted.length >> 1] ?? 0);
}

const passes = Number(process.argv[2] ?? 5);
const results = traceNames.map((name): CodecCpu => {
  const trace = loadTrace(name);
  const ticks = ticksOf(trace);
  const names = plainNames(trace);
  pass(trace, ticks, names);
  pass(trace, ticks, names);
  const all = Array.from({ length: passes }, () => pass(trace, ticks, names));
  const of = (pick: "encode" | "decode" | "stringify" | "parse") => all.map((times) => median(times[pick]));
  return {
    trace: name,
    encode: of("encode"),
    decode: of("decode"),
    stringify: of("stringify"),
    parse: of("parse"),
  };
});
process.stdout.write(`${JSON.stringify({ results })}\n`);
