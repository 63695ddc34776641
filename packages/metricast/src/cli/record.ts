import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { connect, type MetricastClient } from "@metricast/client";
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
  const { url, file, forMs, out, signal } = command;
  const failed = new AbortController();
  const fail = (cause: Error) => failed.abort(cause);
  const client = connect(url, { WebSocket, ...held });
  const off = client.on("state", (state) => {
    if (state.name === "closed") fail(new Error(`the server refused: ${state.code} ${state.reason}`));
  });
  const limits = [signal, failed.signal, ...(forMs === undefined ? [] : [AbortSignal.timeout(forMs)])];
  const stream = createWriteStream(file, { flags: "wx" });
  stream.on("error", fail);
  try {
    const channels = await Promise.race([channelsOf(client, command), aborted(failed.signal)]);
    if (channels !== undefined) {
      const stop = recordClient({
        client,
        channels,
        select: command.select,
        startedMs: Date.now(),
        write: (text) => {
          stream.write(text);
          if (stream.writableLength > maxWaitingBytes)
            fail(new Error("the disk does not take it fast enough"));
        },
        onFault: (message) => out.write(`error: ${message}\n`),
      });
      out.write(`recording ${channels.map(({ channel }) => channel).join(", ")} to ${file}\n`);
      await aborted(AbortSignal.any(limits));
      stop();
    }
  } finally {
    off();
    client.close();
    if (!stream.destroyed) {
      stream.end();
      await once(stream, "close");
    }
  }
  if (failed.signal.aborted && !signal.aborted) throw failed.signal.reason;
}

async function channelsOf(client: MetricastClient, { channel: wanted }: RecordCommand) {
  const channels = await client.list();
  if (wanted === undefined) return channels;
  const missing = wanted.find((name) => !channels.some(({ channel }) => channel === name));
  if (missing !== undefined) throw new Error(`there is no channel "${missing}" to be watched`);
  return channels.filter(({ channel }) => wanted.includes(channel));
}
