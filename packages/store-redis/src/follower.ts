import type { Clock, StoreMember, StorePeer, WriterKey } from "@metricast/core";
import { decodeBatch, isKeyframe } from "./batch-record.js";
import type { Client } from "./clients.js";
import { within } from "./deadline.js";
import type { Health } from "./health.js";
import type { Keys } from "./keys.js";
import type { Link } from "./link.js";
import { entriesOf, lastIdOf, streamsOf } from "./replies.js";

export interface FollowerParts {
  readonly peer: StorePeer;
  readonly keys: Keys;
  readonly link: () => Pick<Link, "client" | "fail">;
  readonly health: Health;
  readonly clock: Clock;
  readonly probeMs: number;
  readonly commandTimeoutMs: number;
  /** Name of what is in trouble, when this is. */
  readonly part: string;
  /** The roster is worth looking at. */
  readonly onBell: (entries: unknown) => Promise<void>;
}

/** A stream of another instance, and how far it was read. */
interface Followed {
  readonly writer: WriterKey;
  readonly key: string;
  /** The newest tick that was handed over; -1 before the first, undefined where reading has yet to find its beginning. */
  tick: number | undefined;
  /** Whether its writer is on the roster. */
  isThere: boolean;
}

/** Of writers that left, whose positions are remembered: one that was only taken for dead goes on where it was. */
const rememberedWriters = 1_000;

/** Of one stream at a time. */
const pageEntries = 256;
/** Entries looked through for the newest keyframe: one comes at least every 120. */
const keyframeSearch = 256;

/**
 * Reads what other instances of one partition write, by blocking reads from the last entry seen: what a cut, a killed
 * connection or a pause kept away is still in the stream. The blocking read is the probe, too: it must answer in its time.
 */
export class Follower {
  readonly #parts: FollowerParts;
  readonly #followed = new Map<string, Followed>();
  #bellId = "0-0";
  #isFirstLook = true;

  constructor(parts: FollowerParts) {
    this.#parts = parts;
  }

  /** Whom to read. Who was there before this instance is read from its newest keyframe on, who comes later from its first batch. */
  follow(members: readonly StoreMember[]): void {
    const { peer, keys } = this.#parts;
    for (const followed of this.#followed.values()) followed.isThere = false;
    for (const { instance, epoch, channels } of members) {
      if (epoch === peer.epoch) continue;
      for (const channel of channels) this.#want({ channel, instance, epoch }, keys);
    }
    const gone = [...this.#followed.values()].filter(({ isThere }) => !isThere);
    for (const { key } of gone.slice(0, -rememberedWriters)) this.#followed.delete(key);
    this.#isFirstLook = false;
  }

  /** Reads on over a new connection, until it is replaced. */
  async run(client: Client): Promise<void> {
    const { link, health, part } = this.#parts;
    try {
      while (link().client === client) {
        for (const followed of this.#wanted()) {
          if (followed.tick === undefined) await this.#findBeginning(client, followed);
        }
        await this.#readSome(client);
        health.well(part);
      }
    } catch (cause) {
      link().fail(cause, client);
    }
  }

  /** Those that are there, of channels that are of use at present. */
  #wanted(): Followed[] {
    const { peer } = this.#parts;
    const isOfUse = new Map<string, boolean>();
    return [...this.#followed.values()].filter(({ isThere, writer: { channel } }) => {
      const isWanted = isOfUse.get(channel) ?? peer.wants?.(channel) ?? true;
      isOfUse.set(channel, isWanted);
      return isThere && isWanted;
    });
  }

  #want(writer: WriterKey, keys: Keys): void {
    const key = keys.stream(writer);
    const known = this.#followed.get(key);
    if (known !== undefined) known.isThere = true;
    else {
      const tick = this.#isFirstLook ? undefined : -1;
      this.#followed.set(key, { writer, key, tick, isThere: true });
    }
  }

  async #readSome(client: Client): Promise<void> {
    const { keys, link, clock, probeMs, commandTimeoutMs } = this.#parts;
    const followed = this.#wanted().filter(({ tick }) => tick !== undefined);
    const from = followed.map(({ tick = -1 }) => (tick < 0 ? "0-0" : `${tick}-0`));
    const streams = [keys.bell, ...followed.map(({ key }) => key), this.#bellId, ...from];
    const reading = client.xreadBuffer("COUNT", pageEntries, "BLOCK", probeMs, "STREAMS", ...streams);
    const reply = await within(clock, probeMs + commandTimeoutMs / 2, "reading", reading);
    // Who has left is told nothing more.
    if (link().client !== client) return;
    let rung: unknown;
    for (const [key, entries] of streamsOf(reply)) {
      const one = this.#followed.get(key);
      if (one !== undefined) this.#handOver(one, entries);
      else if (key === keys.bell) rung = entries;
    }
    // Before the next read, which would not know of who has just come.
    if (rung === undefined) return;
    this.#bellId = lastIdOf(rung) ?? this.#bellId;
    await this.#parts.onBell(rung);
  }

  #handOver(followed: Followed, reply: unknown): void {
    const { peer, health } = this.#parts;
    for (const { tick, record } of entriesOf(reply)) {
      if (tick <= (followed.tick ?? -1)) continue;
      followed.tick = tick;
      const batch = decodeBatch(followed.writer, tick, record);
      if (batch === undefined) {
        health.note(new Error(`a batch of ${followed.writer.instance} is of no version that is known here`));
        continue;
      }
      try {
        peer.onBatch(batch);
      } catch (cause) {
        health.note(new Error(`onBatch of ${peer.instance} threw: ${String(cause)}`));
      }
    }
  }

  async #findBeginning(client: Client, followed: Followed): Promise<void> {
    const { clock, commandTimeoutMs } = this.#parts;
    const reply = client.xrevrangeBuffer(followed.key, "+", "-", "COUNT", keyframeSearch);
    const newestFirst = entriesOf(await within(clock, commandTimeoutMs, "reading", reply));
    const keyframe = newestFirst.find(({ record }) => isKeyframe(record)) ?? newestFirst.at(-1);
    followed.tick = keyframe === undefined ? -1 : keyframe.tick - 1;
  }
}
