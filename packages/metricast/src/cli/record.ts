import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { type ChannelInfo, connect, type MetricastClient } from "@metricast/client";
import { WebSocket } from "ws";
import { record as recordClient } from "../recording/recorder.js";
import { aborted } from "./serve-cast.js";

export interface RecordCommand {
  readonly url: string;
  /** Is made; one that is there is left alone. */
  readonly file: string;
  /** Default: all that the client may watch. */
  readonly channel?: readonly string[];
  readonly select?: readonly string[];
  readonly forMs?: number;
  readonly out: { write(text: string): unknown };
  readonly signal: AbortSignal;
}

/** Series and points that the client holds: it keeps no past, but all series. */
const held = { maxSeries: 1_000_000, maxPointsPerSeries: 2 };
/** What may wait for a disk that does not take it. */
const maxWaitingBytes = 64 * 1_024 * 1_024;

/** Writes what a service broadcasts to a file, until the signal. Rejects where file or service refuse. */
export async function record(command: RecordCommand): Promise<void> {
  const { url, signal, forMs } = command;
  const failed = new AbortController();
  const fail = (cause: Error) => failed.abort(cause);
  const client = connect(url, { WebSocket, ...held });
  const off = client.on("state", (state) => {
    if (state.name === "closed") fail(new Error(`the server refused: ${state.code} ${state.reason}`));
  });
  const time = forMs === undefined ? [] : [AbortSignal.timeout(forMs)];
  const over = AbortSignal.any([signal, failed.signal, ...time]);
  try {
    const channels = await Promise.race([channelsOf(client, command), aborted(over)]);
    if (channels !== undefined) await write(client, channels, command, over, fail);
  } finally {
    off();
    client.close();
  }
  if (failed.signal.aborted) throw failed.signal.reason;
}

async function write(
  client: MetricastClient,
  channels: readonly ChannelInfo[],
  { file, select, out }: RecordCommand,
  over: AbortSignal,
  fail: (cause: Error) => void,
): Promise<void> {
  const stream = createWriteStream(file, { flags: "wx" });
  await once(stream, "open");
  stream.on("error", fail);
  const stop = recordClient({
    client,
    channels,
    select,
    startedMs: Date.now(),
    write: (text) => {
      stream.write(text);
      if (stream.writableLength > maxWaitingBytes) fail(new Error("the disk does not take it fast enough"));
    },
    onFault: (message) => out.write(`error: ${message}\n`),
  });
  out.write(`recording ${channels.map(({ channel }) => channel).join(", ")} to ${file}\n`);
  await aborted(over);
  stop();
  if (!stream.destroyed) await finished(stream.end()).catch(fail);
}

async function channelsOf(client: MetricastClient, { channel: wanted }: RecordCommand) {
  const channels = await client.list();
  if (wanted === undefined) return channels;
  const missing = wanted.find((name) => !channels.some(({ channel }) => channel === name));
  if (missing !== undefined) throw new Error(`there is no channel "${missing}" to be watched`);
  return channels.filter(({ channel }) => wanted.includes(channel));
}
