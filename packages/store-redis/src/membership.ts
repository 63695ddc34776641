import type {
  Cancel,
  StoredBatch,
  StoredBlock,
  StoreMember,
  StorePeer,
  StoreQuery,
  StoreStatus,
} from "@metricast/core";
import { Appender } from "./appender.js";
import { Archive } from "./archive.js";
import { type Client, hostPrefix, makeClient } from "./clients.js";
import { within } from "./deadline.js";
import { isRefusal } from "./fault.js";
import { Follower } from "./follower.js";
import { Health } from "./health.js";
import { Keys, nameOf, partitionOf } from "./keys.js";
import { Link } from "./link.js";
import { timeOf } from "./replies.js";
import type { ResolvedRedisOptions } from "./resolve-options.js";
import { Roster } from "./roster.js";

/** A partition as one instance sees it: its keys, who lives there, and the connection that reads it. */
interface Partition {
  readonly keys: Keys;
  readonly roster: Roster;
  readonly follower: Follower;
  readonly reader: Link;
}

/** Keys are told anew of how long they are to stay. */
const refreshMs = 60_000;

/** One peer's part in the store, from `open` to `close`: one connection that writes, one per partition that reads. */
export class Membership {
  readonly peer: StorePeer;
  readonly #options: ResolvedRedisOptions;
  readonly #health: Health;
  readonly #writer: Link;
  readonly #partitions: readonly Partition[];
  readonly #home: Partition;
  readonly #appender: Appender;
  readonly #archive: Archive;
  #cancelBeat: Cancel = () => {};
  #isBeating = false;
  #refreshedMs = Number.NEGATIVE_INFINITY;
  #clockSkewMs: number | undefined;
  #hasLooked = false;
  #onLooked: () => void = () => {};
  #closed = false;

  constructor(peer: StorePeer, options: ResolvedRedisOptions) {
    const { clock } = options;
    this.peer = peer;
    this.#options = options;
    this.#health = new Health(() => this.#tellStatus());
    this.#writer = this.#link("write", "write", (client) => void this.#writerIsUp(client));
    const numbers = Array.from({ length: options.partitions }, (_, partition) => partition);
    this.#partitions = numbers.map((partition) => this.#partition(partition));
    const [first] = this.#partitions;
    const home = this.#partitions[partitionOf(peer.instance, options.partitions)] ?? first;
    if (home === undefined) throw new RangeError("there is no partition");
    this.#home = home;
    this.#appender = new Appender({
      ...options,
      keys: home.keys,
      link: () => this.#writer,
      health: this.#health,
      held: () => peer.held?.() ?? [],
      onStream: () => this.#announceSoon(),
    });
    this.#archive = new Archive({
      keys: this.#partitions.map(({ keys }) => keys),
      health: this.#health,
      clock,
    });
  }

  /** Resolves once it is known who is there, or that Redis does not answer for now. */
  async open(): Promise<void> {
    const looked = new Promise<void>((resolve) => {
      this.#onLooked = resolve;
    });
    for (const part of ["write", ...this.#partitions.map((_, partition) => `read ${partition}`)]) {
      this.#health.unknown(part);
    }
    this.#writer.start();
    const { clock, connectTimeoutMs } = this.#options;
    await within(clock, connectTimeoutMs, "opening", looked).catch(() => {});
  }

  take(item: StoredBatch | StoredBlock): void {
    if (!this.#closed) this.#appender.take(item);
  }

  /** Rejects where Redis does not answer: nothing would look like nothing kept. */
  async *read(query: StoreQuery): AsyncGenerator<StoredBlock | StoredBatch> {
    if (this.#closed) return;
    const { client } = this.#writer;
    if (client === undefined) throw new Error("Redis is not connected");
    yield* this.#archive.read(client, query);
  }

  /** In the first partition, whichever is this instance's. */
  async keep(name: string, value: string): Promise<string> {
    const { client } = this.#writer;
    const key = this.#partitions[0]?.keys.kept(name);
    if (client === undefined || key === undefined) throw new Error("Redis is not connected");
    await client.set(key, value, "NX");
    return (await client.get(key)) ?? value;
  }

  get status(): StoreStatus {
    const { status, lastError } = this.#health;
    const { lagMs, spoolBytes, dropped } = this.#appender;
    const skew = this.#clockSkewMs === undefined ? {} : { clockSkewMs: this.#clockSkewMs };
    const figures = { status, lagMs: Math.round(lagMs), spoolBytes, dropped, ...skew };
    return lastError === undefined ? figures : { ...figures, lastError };
  }

  get members(): StoreMember[] {
    return this.#closed ? [] : this.#partitions.flatMap(({ roster }) => roster.members);
  }

  /** Writes what waits if Redis answers, says that it leaves, and lets go of the connections. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelBeat();
    const { client } = this.#writer;
    const { clock, commandTimeoutMs } = this.#options;
    const leave = async () => {
      await this.#appender.flush();
      if (client !== undefined) await this.#home.roster.leave(client);
    };
    await within(clock, 2 * commandTimeoutMs, "closing", leave()).catch((cause) => this.#health.note(cause));
    this.#appender.stop();
    for (const { reader } of this.#partitions) reader.stop();
    this.#writer.stop();
  }

  #partition(partition: number): Partition {
    const { peer } = this;
    const { prefix, given } = this.#options;
    const keys = new Keys(`${hostPrefix(given)}${prefix}`, peer.service, partition);
    const channels = () =>
      keys === this.#home.keys ? [...this.#appender.streams].map(({ writer }) => writer.channel) : [];
    const roster = new Roster({ ...this.#options, peer, keys, channels });
    const part = `read ${partition}`;
    const reader: Link = this.#link("read", part, (client) => {
      // It was opened because the other one is connected to a Redis.
      reader.trust(client);
      void follower.run(client);
    });
    const follower = new Follower({
      ...this.#options,
      peer,
      keys,
      part,
      link: () => reader,
      health: this.#health,
      onBell: (entries) => {
        roster.heard(entries);
        return this.#look();
      },
    });
    return { keys, roster, follower, reader };
  }

  #link(purpose: "write" | "read", part: string, onUp: (client: Client) => void): Link {
    return new Link({
      ...this.#options,
      make: () => makeClient(this.#options, purpose),
      onUp,
      onDown: (cause) => {
        this.#health.ill(part, cause);
        // Nobody waits for what is not there.
        this.#onLooked();
      },
    });
  }

  async #writerIsUp(client: Client): Promise<void> {
    try {
      await this.#readTime(client);
    } catch (cause) {
      return this.#writer.fail(cause, client);
    }
    if (this.#closed || this.#writer.client !== client) return;
    // Whoever has told the time is a Redis: from now on answers may be long.
    this.#writer.trust(client);
    this.#appender.begin();
    void this.#beat(client);
  }

  /** The heartbeat is the probe of the path that writes. */
  async #beat(client: Client): Promise<void> {
    if (this.#isBeating || this.#closed) return;
    this.#isBeating = true;
    this.#cancelBeat();
    try {
      await this.#home.roster.announce(client);
      if (!this.#hasLooked) await this.#home.roster.ring(client);
      await this.#lookAround(client);
      await this.#refresh(client);
      if (this.#appender.isIdle) this.#health.well("write");
    } catch (cause) {
      this.#health.ill("write", cause);
      if (!isRefusal(cause)) this.#writer.fail(cause, client);
    }
    this.#isBeating = false;
    if (this.#closed) return;
    const current = this.#writer.client;
    // Meanwhile there may be another connection, which has yet to be probed.
    if (current !== undefined && current !== client) void this.#beat(current);
    else this.#beatLater();
  }

  #beatLater(): void {
    this.#cancelBeat = this.#options.clock.after(this.#options.probeMs, () => {
      const { client } = this.#writer;
      if (client !== undefined) void this.#beat(client);
    });
  }

  async #lookAround(client: Client): Promise<void> {
    for (const { roster, follower } of this.#partitions) {
      await roster.look(client);
      follower.follow(roster.members);
    }
    if (this.#hasLooked) return;
    this.#hasLooked = true;
    for (const { reader } of this.#partitions) reader.start();
    this.#onLooked();
  }

  /** Somebody rang the bell. What goes wrong here, the next heartbeat meets too. */
  async #look(): Promise<void> {
    const { client } = this.#writer;
    if (client === undefined || this.#closed) return;
    await this.#lookAround(client).catch((cause) => this.#health.note(cause));
  }

  /** Others need to know of a new channel, to read it. */
  #announceSoon(): void {
    const { client } = this.#writer;
    if (client === undefined || this.#closed) return;
    const { roster } = this.#home;
    const announce = async () => {
      await roster.announce(client);
      await roster.ring(client);
    };
    announce().catch((cause) => this.#health.note(cause));
  }

  /** What this instance writes is to outlive it, and then to go. */
  async #refresh(client: Client): Promise<void> {
    const { clock, commandTimeoutMs, streamTtlMs } = this.#options;
    if (clock.monotonicMs() - this.#refreshedMs < refreshMs) return;
    const pipeline = client.pipeline();
    for (const { key, writer } of this.#appender.streams) {
      pipeline.pexpire(key, streamTtlMs);
      pipeline.zadd(this.#home.keys.writers, "GT", clock.dateMs() + streamTtlMs, nameOf(writer));
    }
    pipeline.zremrangebyscore(this.#home.keys.writers, "-inf", clock.dateMs());
    await within(clock, commandTimeoutMs, "refreshing", pipeline.exec());
    await this.#readTime(client);
    this.#refreshedMs = clock.monotonicMs();
  }

  /** Redis read its clock somewhere on the way: half of it is the best guess. */
  async #readTime(client: Client): Promise<void> {
    const { clock, commandTimeoutMs } = this.#options;
    const sentMs = clock.monotonicMs();
    const time = client.time().catch((cause: unknown) => {
      // An ACL user of before may not ask; nothing depends on it.
      if (!isRefusal(cause)) throw cause;
    });
    const answer: unknown = await within(clock, commandTimeoutMs, "time", time);
    if (answer === undefined) return;
    const timeMs = timeOf(answer);
    if (timeMs === undefined) throw new Error("what answers is no Redis");
    const onTheWayMs = clock.monotonicMs() - sentMs;
    this.#clockSkewMs = Math.round(clock.dateMs() - onTheWayMs / 2 - timeMs);
  }

  #tellStatus(): void {
    try {
      this.peer.onStatus(this.status);
    } catch (cause) {
      this.#health.note(cause);
    }
  }
}
