import type { Client } from "./clients.js";
import type { OutgoingBatch } from "./outgoing.js";
import type { OwnStream } from "./own-stream.js";
import { entriesOf, lastIdOf } from "./replies.js";
import type { Spool } from "./spool.js";

/** Entries that one answer may hold. */
const pageEntries = 500;

type Reader = Pick<Client, "xrevrangeBuffer" | "xrangeBuffer">;

/**
 * Makes what waits agree with what Redis has of a stream, whatever happened meanwhile: replies that were lost, a flush, an
 * eviction, a replica that was behind when it became the master. What is there and equal is done; what was written and is
 * not there any more is written again; what can never be written, because newer entries are there, is given up and counted.
 * True where all that was written is gone.
 */
export async function resync(client: Reader, stream: OwnStream, spool: Spool): Promise<boolean> {
  const lastTick = await newestTick(client, stream);
  const waiting = spool.batchesOf(stream);
  const old = waiting.filter(({ tick }) => lastTick !== undefined && tick <= lastTick);
  const stored = await readStored(client, stream.key, old);
  const isStored = ({ tick, record }: OutgoingBatch) => stored.get(tick)?.equals(record) === true;
  const done = old.filter(isStored);
  // The stream may have gone between two answers: then nothing stands in the way of what was not found.
  if (done.length < old.length && (await newestTick(client, stream)) !== lastTick)
    return resync(client, stream, spool);
  stream.exists = lastTick !== undefined;
  for (const batch of done) stream.written(batch);
  spool.settle(done);
  spool.discard(old.filter((batch) => !isStored(batch)));
  const known = new Set(waiting.map(({ tick }) => tick));
  const again = stream.writtenAfter(lastTick);
  spool.addFirst(again.filter(({ tick }) => !known.has(tick)));
  return !stream.exists && again.length > 0;
}

async function newestTick(client: Reader, { key }: OwnStream): Promise<number | undefined> {
  const id = lastIdOf(await client.xrevrangeBuffer(key, "+", "-", "COUNT", 1));
  return id === undefined ? undefined : Number(id.split("-")[0]);
}

async function readStored(
  client: Reader,
  key: string,
  batches: readonly OutgoingBatch[],
): Promise<Map<number, Buffer>> {
  const stored = new Map<number, Buffer>();
  const last = batches.at(-1)?.tick;
  let from = batches[0]?.tick;
  while (from !== undefined && last !== undefined && from <= last) {
    const entries = entriesOf(await client.xrangeBuffer(key, `${from}-0`, `${last}-0`, "COUNT", pageEntries));
    for (const { tick, record } of entries) stored.set(tick, Buffer.from(record));
    const newest = entries.at(-1)?.tick;
    from = newest === undefined ? undefined : newest + 1;
  }
  return stored;
}
