import { decodeNumber, type SeriesInfo, type WireNumber } from "@metricast/protocol";

/** Lines of a recording, each a JSON object; `docs/guides/record-and-replay.md` is their page. */

export const recordingFormat = "metricast-recording";
export const recordingVersion = 1;

export interface RecordedChannel {
  readonly channel: string;
  readonly kind: "metrics" | "events";
  /** Of a channel of metrics: time between two ticks. */
  readonly intervalMs?: number;
}

/** The first line. */
export interface RecordingHeader {
  readonly format: typeof recordingFormat;
  readonly version: typeof recordingVersion;
  readonly startedMs: number;
  /** What is recorded; other lines name a channel by its place here. */
  readonly channels: readonly RecordedChannel[];
}

/** Series that appear: their numbers are dense from 0 within the channel. */
interface SeriesLine {
  readonly c: number;
  readonly series: readonly SeriesInfo[];
}

/** A tick: what differs from the one before. */
interface TickLine {
  readonly c: number;
  /** Milliseconds since the Unix epoch. */
  readonly t: number;
  /** Number of a series, then its value; of a histogram a list: each bucket's own count, then the sum. */
  readonly v?: readonly (WireNumber | readonly WireNumber[])[];
  /** Series that are there no more, or whose value is stale. */
  readonly gone?: readonly number[];
}

interface EventLine {
  readonly c: number;
  readonly t: number;
  readonly event: string;
  readonly data: unknown;
}

/** What the client missed, in milliseconds since the Unix epoch. */
interface GapLine {
  readonly c: number;
  readonly gap: readonly [number, number];
  readonly reason: string;
}

export type RecordingLine = SeriesLine | TickLine | EventLine | GapLine;

/** A file that is no recording, or is one no longer from a line on. */
export class RecordingError extends Error {}

/** Throws RecordingError. */
export function readHeader(text: string): RecordingHeader {
  const header = objectOf(text, 1);
  const { format, version, channels } = header;
  if (format !== recordingFormat) throw new RecordingError("this is no recording of metricast");
  if (version !== recordingVersion)
    throw new RecordingError(
      `a recording of version ${String(version)}: this metricast reads ${recordingVersion}`,
    );
  if (!Array.isArray(channels) || !channels.every(isChannel)) throw fault(1, "names no channels");
  return { format, version: recordingVersion, startedMs: Number(header.startedMs), channels };
}

/** Throws RecordingError. */
export function readLine(text: string, number: number, { channels }: RecordingHeader): RecordingLine {
  const line = objectOf(text, number);
  if (typeof line.c !== "number" || channels[line.c] === undefined) throw fault(number, "is of no channel");
  if (isSeries(line) || isTick(line) || isEvent(line) || isGap(line)) return line;
  throw fault(number, "is nothing that a recording holds");
}

function objectOf(text: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return { ...value };
  } catch {
    // Said below.
  }
  if (number === 1) throw new RecordingError("this is no recording of metricast");
  throw fault(number, "is no JSON object");
}

function fault(number: number, problem: string): RecordingError {
  return new RecordingError(`line ${number} ${problem}`);
}

function isChannel(one: unknown): one is RecordedChannel {
  const { channel, kind, intervalMs }: Record<string, unknown> = Object(one);
  if (typeof channel !== "string") return false;
  return kind === "events" || (kind === "metrics" && typeof intervalMs === "number" && intervalMs > 0);
}

function isSeries(line: Record<string, unknown>): line is Record<string, unknown> & SeriesLine {
  return Array.isArray(line.series) && line.series.every(isInfo);
}

function isInfo(info: unknown): boolean {
  const { name, labels, kind, bounds }: Record<string, unknown> = Object(info);
  const isKind = kind === "gauge" || kind === "counter" || (kind === "histogram" && Array.isArray(bounds));
  return typeof name === "string" && typeof labels === "object" && labels !== null && isKind;
}

function isTick(line: Record<string, unknown>): line is Record<string, unknown> & TickLine {
  const { t, v = [], gone = [], event } = line;
  return (
    typeof t === "number" && event === undefined && isValues(v) && Array.isArray(gone) && gone.every(isPlace)
  );
}

function isValues(flat: unknown): boolean {
  if (!Array.isArray(flat) || flat.length % 2 !== 0) return false;
  return flat.every((one, at) => (at % 2 === 0 ? isPlace(one) : isValue(one)));
}

function isPlace(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isValue(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isValue) : decodeNumber(value) !== undefined;
}

function isEvent(line: Record<string, unknown>): line is Record<string, unknown> & EventLine {
  return typeof line.event === "string" && typeof line.t === "number";
}

function isGap(line: Record<string, unknown>): line is Record<string, unknown> & GapLine {
  const { gap } = line;
  return Array.isArray(gap) && gap.length === 2;
}
