import type { Clock, StoredBatch, StoredBlock, StoreQuery, WriterKey } from "@metricast/core";
import { decodeBatch } from "./batch-record.js";
import { type BlockPlace, decodeBlock, memberOf, placeOf } from "./block-record.js";
import type { Client } from "./clients.js";
import type { Health } from "./health.js";
import { type Keys, writerNamed } from "./keys.js";
import { entriesOf, scoredOf, textOf } from "./replies.js";

export interface ArchiveParts {
  /** Of every partition. */
  readonly keys: readonly Keys[];
  readonly health: Health;
  readonly clock: Clock;
}

/** A writer, where its keys are, and its blocks. */
interface Found {
  readonly writer: WriterKey;
  readonly keys: Keys;
  readonly places: readonly BlockPlace[];
}

/** Blocks and batches fetched at once: an answer should not hold up the batches that are written beside it. */
const pageBlocks = 8;
const pageBatches = 240;

/** Reads what was kept, of writers that live and writers that are gone. */
export class Archive {
  readonly #parts: ArchiveParts;

  constructor(parts: ArchiveParts) {
    this.#parts = parts;
  }

  async *read(client: Client, query: StoreQuery): AsyncGenerator<StoredBlock | StoredBatch> {
    const found = await this.#find(client, query);
    yield* this.#blocks(client, found, query);
    yield* this.#batches(client, found, query);
  }

  async #find(client: Client, { channel, instance }: StoreQuery): Promise<Found[]> {
    const nowMs = this.#parts.clock.dateMs();
    const found: Found[] = [];
    for (const keys of this.#parts.keys) {
      const names = await client.zrangebyscore(keys.writers, `(${nowMs}`, "+inf");
      for (const name of names) {
        const writer = writerNamed(textOf(name));
        if (writer?.channel !== channel || writer.instance !== (instance ?? writer.instance)) continue;
        const index = await client.zrangebyscore(keys.blocks(writer), `(${nowMs}`, "+inf", "WITHSCORES");
        const places = scoredOf(index).flatMap(([member, expiresMs]) => placeOf(member, expiresMs) ?? []);
        found.push({ writer, keys, places });
      }
    }
    return found;
  }

  async *#blocks(
    client: Client,
    found: readonly Found[],
    { fromTick, toTick, stepTicks }: StoreQuery,
  ): AsyncGenerator<StoredBlock> {
    const wanted = found
      .flatMap(({ writer, keys, places }) => places.map((place) => ({ writer, keys, place })))
      .filter(({ place }) => place.toTick > fromTick && place.fromTick < toTick)
      .filter(({ place }) => stepTicks === undefined || place.stepTicks === stepTicks)
      .sort((a, b) => a.place.fromTick - b.place.fromTick || a.place.stepTicks - b.place.stepTicks);
    for (let at = 0; at < wanted.length; at += pageBlocks) {
      const page = wanted.slice(at, at + pageBlocks);
      // Not one pipeline: in a cluster writers may lie on several slots.
      const records = await Promise.all(
        page.map(({ writer, keys, place: { stepTicks: step, fromTick: from } }) =>
          client.getBuffer(keys.block(writer, step, from)),
        ),
      );
      for (const [index, { writer, place }] of page.entries()) {
        const record = records[index];
        // One that was evicted is missing, which whoever asked sees by its range.
        if (!record) continue;
        const block = decodeBlock(writer, place, record);
        if (block !== undefined) yield block;
        else this.#parts.health.note(new Error(`block ${memberOf(place)} is of no known version`));
      }
    }
  }

  /** Those of all writers together, ascending. */
  async *#batches(client: Client, found: readonly Found[], query: StoreQuery): AsyncGenerator<StoredBatch> {
    if ((query.stepTicks ?? 1) !== 1) return;
    const heads: { next: StoredBatch; rest: AsyncGenerator<StoredBatch> }[] = [];
    for (const one of found) {
      const covered = query.coveredBatches ? [] : one.places.filter(isRaw).map(({ toTick }) => toTick);
      const rest = this.#batchesOf(client, one, Math.max(query.fromTick, ...covered), query.toTick);
      const first = await rest.next();
      if (!first.done) heads.push({ next: first.value, rest });
    }
    while (heads.length > 0) {
      const head = heads.reduce((a, b) => (b.next.tick < a.next.tick ? b : a));
      yield head.next;
      const next = await head.rest.next();
      if (next.done) heads.splice(heads.indexOf(head), 1);
      else head.next = next.value;
    }
  }

  async *#batchesOf(
    client: Client,
    { writer, keys }: Found,
    afterTick: number,
    toTick: number,
  ): AsyncGenerator<StoredBatch> {
    let after = afterTick;
    while (after < toTick) {
      const range = [after < 0 ? "-" : `(${after}-0`, `${toTick}-0`, "COUNT", pageBatches] as const;
      const entries = entriesOf(await client.xrangeBuffer(keys.stream(writer), ...range));
      for (const { tick, record } of entries) {
        const batch = decodeBatch(writer, tick, record);
        if (batch !== undefined) yield batch;
        else this.#parts.health.note(new Error(`a batch of ${writer.instance} is of no known version`));
      }
      const last = entries.at(-1)?.tick;
      if (last === undefined || entries.length < pageBatches) return;
      after = last;
    }
  }
}

function isRaw({ stepTicks }: BlockPlace): boolean {
  return stepTicks === 1;
}
