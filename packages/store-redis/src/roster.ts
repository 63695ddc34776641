import type { Clock, StoreMember, StorePeer } from "@metricast/core";
import type { Client } from "./clients.js";
import { within } from "./deadline.js";
import type { Keys } from "./keys.js";
import { fieldsOf, listOf, textOf } from "./replies.js";

/** What an instance says of itself with every heartbeat. */
interface Announcement {
  readonly instance: string;
  readonly epoch: string;
  readonly clients: number;
  readonly channels: readonly string[];
}

interface Seen {
  readonly announcement: Announcement;
  /** Text of the heartbeat: another one means that it lives. */
  readonly text: string;
  aliveMs: number;
  /** Since when it has not been on the roster. */
  absentMs?: number;
}

export interface RosterParts {
  readonly peer: StorePeer;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly probeMs: number;
  readonly commandTimeoutMs: number;
  readonly deadAfterMs: number;
  /** Channels that this instance writes. */
  readonly channels: () => readonly string[];
}

const version = 1;
/** How long the next heartbeat of somebody is awaited who was there and is not: the roster itself may have been lost. */
const awaitedMs = 5_000;
/** Without any instance the roster is of no use for longer. */
const rosterTtlMs = 3_600_000;
const rememberedGone = 1_000;
/** Of what one heartbeat may say. */
const longestTextBytes = 65_536;

/** Who lives in one partition, as far as this instance has seen: judged by its own clock, so that no other has to agree. */
export class Roster {
  readonly #parts: RosterParts;
  readonly #seen = new Map<string, Seen>();
  /** Who said that it leaves: what was read of it before is answered after. */
  readonly #gone = new Set<string>();
  #beats = 0;
  #lookedMs: number | undefined;

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  get members(): StoreMember[] {
    const nowMs = this.#parts.clock.monotonicMs();
    return [...this.#seen.values()].map(({ announcement, aliveMs }) => {
      const { instance, epoch, clients, channels } = announcement;
      return { instance, epoch, clients, channels, ageMs: Math.max(0, nowMs - aliveMs) };
    });
  }

  /** Says that this instance lives. */
  async announce(client: Client): Promise<void> {
    const { peer, keys } = this.#parts;
    const { instance, epoch } = peer;
    this.#beats += 1;
    const said = {
      v: version,
      instance,
      epoch,
      clients: clientsOf(peer),
      channels: this.#parts.channels(),
      beat: this.#beats,
    };
    const pipeline = client.pipeline();
    pipeline.hset(keys.roster, epoch, JSON.stringify(said));
    pipeline.pexpire(keys.roster, rosterTtlMs);
    throwFirst(await this.#answered(pipeline.exec()));
  }

  /** Wakes whoever reads: there is something new on the roster. */
  async ring(client: Client): Promise<void> {
    await this.#answered(client.xadd(...this.#bell("here")));
  }

  /** What the bell said. */
  heard(entries: unknown): void {
    for (const [news, epoch] of fieldsOf(entries)) {
      if (news !== "gone") continue;
      this.#seen.delete(epoch);
      this.#gone.add(epoch);
      const [oldest] = this.#gone;
      if (this.#gone.size > rememberedGone && oldest !== undefined) this.#gone.delete(oldest);
    }
  }

  async look(client: Client): Promise<void> {
    const { keys, clock } = this.#parts;
    const found = await this.#answered(client.hgetall(keys.roster));
    const nowMs = clock.monotonicMs();
    this.#excuse(nowMs);
    const entries = Object.entries(found).filter(([, text]) => text.length <= longestTextBytes);
    for (const [epoch, text] of entries) {
      const announcement = announcementOf(epoch, text);
      const before = this.#seen.get(epoch);
      if (announcement === undefined || before?.text === text || this.#gone.has(epoch)) continue;
      this.#seen.set(epoch, { announcement, text, aliveMs: nowMs });
    }
    const gone = this.#forget(new Set(entries.map(([epoch]) => epoch)), nowMs);
    if (gone.length > 0) await this.#answered(client.hdel(keys.roster, ...gone));
  }

  /** At once: whoever leaves may have no time for a second answer. */
  async leave(client: Client): Promise<void> {
    const { keys, peer } = this.#parts;
    const pipeline = client.pipeline();
    pipeline.hdel(keys.roster, peer.epoch);
    pipeline.xadd(...this.#bell("gone"));
    throwFirst(await this.#answered(pipeline.exec()));
  }

  #bell(news: "here" | "gone") {
    const { keys, peer } = this.#parts;
    return [keys.bell, "MAXLEN", "~", 16, "*", news, peer.epoch] as const;
  }

  /** Nobody's heartbeat could be seen while Redis was away: that time counts against nobody. */
  #excuse(nowMs: number): void {
    const unseenMs = nowMs - (this.#lookedMs ?? nowMs) - 2 * this.#parts.probeMs;
    this.#lookedMs = nowMs;
    if (unseenMs <= 0) return;
    for (const seen of this.#seen.values()) {
      seen.aliveMs += unseenMs;
      if (seen.absentMs !== undefined) seen.absentMs += unseenMs;
    }
  }

  /** Those who are there no more, or show no life; the latter are to be taken off by whoever sees it. */
  #forget(there: ReadonlySet<string>, nowMs: number): string[] {
    const { deadAfterMs, peer } = this.#parts;
    const dead: string[] = [];
    for (const [epoch, seen] of this.#seen) {
      if (there.has(epoch)) delete seen.absentMs;
      else seen.absentMs ??= nowMs;
      // Who leaves rings the bell. Who was there before a flush, or before Redis was killed, has to find its way back first.
      const isAbsent = seen.absentMs !== undefined && nowMs - seen.absentMs > awaitedMs;
      if (epoch === peer.epoch || (!isAbsent && nowMs - seen.aliveMs <= deadAfterMs)) continue;
      this.#seen.delete(epoch);
      if (there.has(epoch)) dead.push(epoch);
    }
    return dead;
  }

  #answered<T>(reply: Promise<T>): Promise<T> {
    return within(this.#parts.clock, this.#parts.commandTimeoutMs, "roster", reply);
  }
}

function clientsOf(peer: StorePeer): number {
  try {
    return peer.clients?.() ?? 0;
  } catch {
    return 0;
  }
}

function announcementOf(field: string, text: string): Announcement | undefined {
  let said: Record<string, unknown>;
  try {
    said = Object(JSON.parse(text));
  } catch {
    return undefined;
  }
  const { v, instance, epoch, clients, channels } = said;
  const isSound =
    v === version && epoch === field && isName(instance) && isName(epoch) && Number.isSafeInteger(clients);
  if (!isSound) return undefined;
  const names = listOf(channels).map(textOf).filter(isName);
  return { instance: textOf(instance), epoch: field, clients: Math.max(0, Number(clients)), channels: names };
}

function isName(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9_.:-]{1,255}$/.test(value);
}

function throwFirst(results: [Error | null, unknown][] | null): void {
  const fault = results?.find(([error]) => error !== null)?.[0];
  if (fault) throw fault;
}
