import type { Cancel, Clock, StoredBatch, StoredBlock, WriterKey } from "@metricast/core";
import { encodeBatch } from "./batch-record.js";
import { encodeBlock, memberOf } from "./block-record.js";
import type { Client } from "./clients.js";
import { isOldId, isRefusal } from "./fault.js";
import type { Health } from "./health.js";
import { type Keys, nameOf } from "./keys.js";
import type { Link } from "./link.js";
import type { Outgoing, OutgoingBatch, OutgoingBlock, TargetStream } from "./outgoing.js";
import { OwnStream } from "./own-stream.js";
import { resync } from "./resync.js";
import { Spool } from "./spool.js";

export interface AppenderParts {
  readonly keys: Keys;
  readonly link: () => Pick<Link, "client" | "fail">;
  readonly health: Health;
  readonly clock: Clock;
  readonly maxSpoolBytes: number;
  readonly streamBatches: number;
  readonly streamTtlMs: number;
  /** Blocks to be kept again where Redis has lost everything. */
  readonly held: () => Iterable<StoredBlock>;
  /** A channel is written to for the first time. */
  readonly onStream: () => void;
}

/** Of what goes in one transaction. */
const maxItems = 128;
const maxBytes = 1_024 * 1_024;
/** Of blocks that are kept again, what is made at once: they are many, and nothing else should wait for them. */
const refillBlocks = 4;
/** Redis is asked again so often while it refuses: out of memory, say. */
const refusedRetryMs = 1_000;
/** Transactions in a row that may repair without writing anything, before that counts as trouble. */
const mostFutile = 3;

type Result = [error: Error | null, result: unknown];
type Transaction = ReturnType<Client["multi"]>;

/** What was sent, and how many results belong to each. */
interface Sent {
  readonly item: Outgoing;
  readonly commands: number;
}

/** Writes this instance's batches and blocks, in order, one transaction at a time; what cannot be written yet waits. */
export class Appender {
  readonly #parts: AppenderParts;
  readonly #spool: Spool;
  readonly #streams = new Map<string, OwnStream>();
  #given: (StoredBatch | StoredBlock)[] = [];
  /** Whether what Redis has must be looked at before anything is written. */
  #isUnsure = true;
  #futile = 0;
  #refill: Iterator<StoredBlock> | undefined;
  #pumping: Promise<void> | undefined;
  #cancelRetry: Cancel = () => {};

  constructor(parts: AppenderParts) {
    this.#parts = parts;
    this.#spool = new Spool(parts.maxSpoolBytes);
  }

  get spoolBytes(): number {
    return this.#spool.bytes;
  }

  get dropped(): number {
    return this.#spool.dropped;
  }

  /** Whether nothing waits, and Redis is known to have what it had. */
  get isIdle(): boolean {
    return !this.#isUnsure && this.#spool.isEmpty && this.#given.length === 0;
  }

  /** For how long the oldest has waited. */
  get lagMs(): number {
    const { oldestMs } = this.#spool;
    return oldestMs === undefined ? 0 : Math.max(0, this.#parts.clock.monotonicMs() - oldestMs);
  }

  get streams(): Iterable<OwnStream> {
    return this.#streams.values();
  }

  /** Whoever calls is inside a tick: all work is done afterwards. */
  take(item: StoredBatch | StoredBlock): void {
    if (this.#given.push(item) === 1) this.#parts.clock.soon(() => this.#spoolGiven());
  }

  /** There is a new connection: what Redis has may be anything. */
  begin(): void {
    this.#isUnsure = true;
    this.#pump();
  }

  /** Resolves when nothing waits any more, or nothing can be written. */
  async flush(): Promise<void> {
    this.#spoolGiven();
    await this.#pumping;
  }

  stop(): void {
    this.#cancelRetry();
  }

  #spoolGiven(): void {
    const given = this.#given;
    this.#given = [];
    for (const item of given) {
      if (item.type === "batch") this.#spoolBatch(item);
      else this.#spoolBlock(item);
    }
    this.#pump();
  }

  #spoolBatch(batch: StoredBatch): void {
    const stream = this.#streamOf(batch);
    if (!stream.takes(batch.tick)) return;
    const { tick, keyframe } = batch;
    const sinceMs = this.#parts.clock.monotonicMs();
    this.#spool.add({ kind: "batch", stream, tick, keyframe, record: encodeBatch(batch), sinceMs });
  }

  #spoolBlock(block: StoredBlock): void {
    const { keys, clock } = this.#parts;
    const { channel, instance, epoch, stepTicks, fromTick, expiresMs, bytes } = block;
    if (expiresMs <= clock.dateMs()) return;
    this.#spool.add({
      kind: "block",
      // Maybe of a writer that ended without sealing it.
      writer: { channel, instance, epoch },
      member: memberOf(block),
      key: keys.block(block, stepTicks, fromTick),
      expiresMs,
      record: encodeBlock(bytes),
      sinceMs: clock.monotonicMs(),
    });
  }

  #streamOf({ channel, instance, epoch }: WriterKey): OwnStream {
    const writer = { channel, instance, epoch };
    const name = nameOf(writer);
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const stream = new OwnStream(writer, this.#parts.keys.stream(writer), this.#parts.maxSpoolBytes);
    this.#streams.set(name, stream);
    this.#parts.onStream();
    return stream;
  }

  #pump(): void {
    this.#pumping ??= this.#write().finally(() => {
      this.#pumping = undefined;
    });
  }

  async #write(): Promise<void> {
    const { client } = this.#parts.link();
    if (client === undefined) return;
    this.#cancelRetry();
    try {
      while (this.#isUnsure || !this.#spool.isEmpty || this.#refill !== undefined) {
        if (this.#parts.link().client !== client) return;
        await this.#writeSome(client);
        this.#parts.health.well("write");
      }
    } catch (cause) {
      this.#trouble(cause, client);
    }
  }

  async #writeSome(client: Client): Promise<void> {
    if (this.#isUnsure) {
      await this.#compare(client);
      this.#isUnsure = false;
    }
    if (this.#spool.isEmpty) this.#takeHeld();
    const items = this.#spool.head(maxItems, maxBytes);
    if (items.length > 0) await this.#send(client, items);
  }

  async #compare(client: Client): Promise<void> {
    for (const stream of this.#streams.values()) {
      const isLost = await resync(client, stream, this.#spool);
      // A stream may be gone alone, by eviction: then the blocks are there.
      if (isLost && !(await this.#hasBlocks(client, stream)))
        this.#refill ??= this.#parts.held()[Symbol.iterator]();
    }
  }

  async #hasBlocks(client: Client, { writer }: OwnStream): Promise<boolean> {
    const index = this.#parts.keys.blocks(writer);
    return (await client.zrangebyscore(index, "-inf", "+inf", "LIMIT", 0, 1)).length > 0;
  }

  /** The next blocks that are kept again. */
  #takeHeld(): void {
    try {
      for (let count = 0; count < refillBlocks && this.#refill !== undefined; count += 1) {
        const next = this.#refill.next();
        if (next.done) this.#refill = undefined;
        else this.#spoolBlock(next.value);
      }
    } catch (cause) {
      this.#refill = undefined;
      this.#parts.health.note(cause);
    }
  }

  /** All or nothing: a batch is never written where the one before it was refused. */
  async #send(client: Client, items: readonly Outgoing[]): Promise<void> {
    const transaction = client.multi();
    const made = new Set<TargetStream>();
    const sent = items.map((item) => {
      if (item.kind === "block") return { item, commands: this.#addBlock(transaction, item) };
      const exists = item.stream.exists || made.has(item.stream);
      made.add(item.stream);
      return { item, commands: this.#addBatch(transaction, item, exists) };
    });
    const results = await transaction.exec();
    if (results === null) throw new Error("the transaction was not run");
    this.#settle(sent, results);
  }

  #addBatch(transaction: Transaction, { stream, tick, record }: OutgoingBatch, exists: boolean): number {
    const { keys, clock, streamBatches, streamTtlMs } = this.#parts;
    // A stream that is gone was taken by somebody: it is not made anew without what was in it.
    const existing = exists ? ["NOMKSTREAM"] : [];
    const oldest = Math.max(0, tick - streamBatches + 1);
    transaction.xadd(stream.key, ...existing, "MINID", "=", `${oldest}`, `${tick}-0`, "b", record);
    if (exists) return 1;
    transaction.pexpire(stream.key, streamTtlMs);
    transaction.zadd(keys.writers, "GT", clock.dateMs() + streamTtlMs, nameOf(stream.writer));
    return 3;
  }

  #addBlock(transaction: Transaction, { writer, key, member, expiresMs, record }: OutgoingBlock): number {
    const { keys, clock } = this.#parts;
    const index = keys.blocks(writer);
    transaction.set(key, record, "PXAT", expiresMs, "NX");
    transaction.zremrangebyscore(index, "-inf", clock.dateMs());
    transaction.zadd(index, expiresMs, member);
    transaction.pexpireat(index, expiresMs);
    transaction.zadd(keys.writers, "GT", expiresMs, nameOf(writer));
    return 5;
  }

  #settle(sent: readonly Sent[], results: readonly Result[]): void {
    let at = 0;
    const done: Outgoing[] = [];
    try {
      for (const { item, commands } of sent) {
        const own = results.slice(at, at + commands);
        at += commands;
        const fault = own.find(([error]) => error !== null)?.[0];
        if (fault) throw fault;
        if (item.kind === "batch") {
          if (own[0]?.[1] === null) throw new StreamGone("the stream is gone");
          item.stream.exists = true;
          item.stream.written(item);
        }
        done.push(item);
      }
    } catch (cause) {
      this.#isUnsure = true;
      this.#futile = done.length > 0 ? 0 : this.#futile + 1;
      const isRepairable = cause instanceof StreamGone || isOldId(cause);
      if (!isRepairable || this.#futile > mostFutile) throw cause;
    } finally {
      this.#spool.settle(done);
    }
  }

  #trouble(cause: unknown, client: Client): void {
    this.#isUnsure = true;
    const { link, health, clock } = this.#parts;
    const reason = firstOf(cause);
    health.ill("write", reason);
    if (!isRefusal(reason)) return link().fail(reason, client);
    this.#cancelRetry = clock.after(refusedRetryMs, () => this.#pump());
  }
}

class StreamGone extends Error {}

/** Of a transaction that was refused, what was wrong with its first refused command. */
function firstOf(cause: unknown): unknown {
  if (!(cause instanceof Error) || !("previousErrors" in cause)) return cause;
  const { previousErrors } = cause;
  return Array.isArray(previousErrors) ? (previousErrors[0] ?? cause) : cause;
}
