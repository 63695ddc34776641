import type { ChannelInfo, LatestValue, MetricastClient, Subscription } from "@metricast/client";
import { encodeNumber, type WireNumber } from "@metricast/protocol";
import {
  type RecordedChannel,
  type RecordingHeader,
  type RecordingLine,
  recordingFormat,
  recordingVersion,
} from "./recording-line.js";

export interface RecorderParts {
  readonly client: MetricastClient;
  readonly channels: readonly ChannelInfo[];
  readonly select: readonly string[] | undefined;
  readonly startedMs: number;
  /** Takes a line, its end included. */
  readonly write: (text: string) => void;
  /** The server refused, or the client holds no more. */
  readonly onFault: (message: string) => void;
}

/** What was written of a series. */
interface Known {
  readonly number: number;
  text: string | undefined;
}

const defaultIntervalMs = 1_000;

/** Writes down what a client receives, from now on, until it is stopped. Returns what stops it. */
export function record(parts: RecorderParts): () => void {
  const { client, select, startedMs, write, onFault } = parts;
  const channels = parts.channels.map(
    ({ channel, kind, intervalMs = defaultIntervalMs }): RecordedChannel =>
      kind === "metrics" ? { channel, kind, intervalMs } : { channel, kind },
  );
  const say = (line: RecordingHeader | RecordingLine) => write(`${JSON.stringify(line)}\n`);
  say({ format: recordingFormat, version: recordingVersion, startedMs, channels });
  const ends = channels.map(({ channel, kind }, c) => {
    if (kind === "metrics") {
      const subscription = client.subscribe({ channel, ...(select && { select }) });
      subscription.on("error", ({ message }) => onFault(`${channel}: ${message}`));
      return recordSeries(subscription, c, say);
    }
    const stream = client.events(channel);
    stream.on("error", ({ message }) => onFault(`${channel}: ${message}`));
    stream.on("event", ({ type, atMs, data = null }) => say({ c, t: atMs, event: type, data }));
    return () => stream.close();
  });
  return () => {
    for (const end of ends) end();
  };
}

/** Of each tick what differs from the one before, as text: so it is also for numbers that are no numbers. */
function recordSeries(subscription: Subscription, c: number, say: (line: RecordingLine) => void): () => void {
  const known = new Map<string, Known>();
  subscription.on("gap", ({ fromMs, toMs, reason }) => say({ c, gap: [fromMs, toMs], reason }));
  subscription.on("frame", ({ timeMs }) => {
    const latest = subscription.series.latest();
    const fresh = [...latest].filter(([key]) => !known.has(key));
    for (const [key] of fresh) known.set(key, { number: known.size, text: undefined });
    if (fresh.length > 0) say({ c, series: fresh.map(([, { info }]) => info) });
    const v: (WireNumber | readonly WireNumber[])[] = [];
    const gone: number[] = [];
    for (const [key, series] of known) {
      const one = latest.get(key);
      const value = one === undefined || one.stale !== undefined ? undefined : wireValue(one);
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text === series.text) continue;
      series.text = text;
      if (value === undefined) gone.push(series.number);
      else v.push(series.number, value);
    }
    say({ c, t: timeMs, ...(v.length > 0 && { v }), ...(gone.length > 0 && { gone }) });
  });
  return () => subscription.close();
}

function wireValue({ value, slots }: LatestValue): WireNumber | readonly WireNumber[] {
  return slots === undefined ? encodeNumber(value) : Array.from(slots, encodeNumber);
}
