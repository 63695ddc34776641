import type { Clock } from "../contracts/clock.js";
import type { StoreMember } from "../contracts/store.js";

export interface RosterParts {
  readonly instance: string;
  readonly epoch: string;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Who is alive, as the store has seen. */
  readonly members: () => readonly StoreMember[];
  /** While the store is away nobody can be heard, and nobody is taken for dead. */
  readonly isDegraded: () => boolean;
  readonly onChange: (change: RosterChange) => void;
}

export interface RosterChange {
  readonly type: "joined" | "left" | "duplicate";
  readonly instance: string;
  readonly epoch: string;
}

/** An instance as health shows it. */
export interface RosterEntry {
  readonly instance: string;
  readonly epoch: string;
  readonly clients: number;
  /** Since it last showed life. */
  readonly ageMs: number;
}

interface Other {
  readonly epoch: string;
  /** What it calls itself. */
  readonly claimed: string;
  /** What it is called here; undefined where a later process of its name took that over. */
  name: string | undefined;
  /** Wall time of its first batch: by ticks, not by arrival. */
  firstAtMs: number;
  /** When it was last heard, on the monotonic clock. */
  heardMs: number;
  /** The store listed it: when it no longer does, it has left. */
  isListed: boolean;
}

/** How long somebody counts whom the store never listed. */
const unlistedMs = 10_000;

/** Who else is alive, and what each is called: a name belongs to the process that took it last. */
export class Roster {
  readonly #parts: RosterParts;
  readonly #others = new Map<string, Other>();
  #members: readonly StoreMember[] = [];
  #firstAtMs = Number.POSITIVE_INFINITY;

  constructor(parts: RosterParts) {
    this.#parts = parts;
  }

  /** This instance has its first tick. */
  began(atMs: number): void {
    this.#firstAtMs = Math.min(this.#firstAtMs, atMs);
  }

  /**
   * A batch of a time came from somebody; gives the name it counts under, undefined where it is the tail of a process
   * that another has replaced, this one included.
   */
  heard(instance: string, epoch: string, atMs: number): string | undefined {
    const other = this.#others.get(epoch) ?? this.#join(instance, epoch, atMs);
    other.heardMs = this.#parts.clock.monotonicMs();
    other.firstAtMs = Math.min(other.firstAtMs, atMs);
    if (other.name === undefined && atMs > this.#takenAtMs(other)) {
      other.name = this.#freeName(instance);
      this.#parts.onChange({ type: "duplicate", instance: other.name, epoch });
    }
    return other.name;
  }

  /** Looks who came and who left. */
  sweep(): void {
    const { clock, members, isDegraded, epoch: own, onChange } = this.#parts;
    if (isDegraded()) return;
    this.#members = members();
    const listed = new Set(this.#members.map(({ epoch }) => epoch));
    const nowMs = clock.monotonicMs();
    for (const { instance, epoch } of this.#members) {
      if (epoch === own) continue;
      const other = this.#others.get(epoch) ?? this.#join(instance, epoch, Number.POSITIVE_INFINITY);
      other.isListed = true;
    }
    for (const other of this.#others.values()) {
      const isGone = other.isListed ? !listed.has(other.epoch) : nowMs - other.heardMs > unlistedMs;
      if (!isGone) continue;
      this.#others.delete(other.epoch);
      onChange({ type: "left", instance: other.name ?? other.claimed, epoch: other.epoch });
    }
  }

  /** Whether somebody alive is called so. */
  isLive(name: string): boolean {
    for (const other of this.#others.values()) if (other.name === name) return true;
    return false;
  }

  /** Whether no other that lives comes before this instance, by name and then by epoch: all agree who it is. */
  get isFirst(): boolean {
    const { instance, epoch } = this.#parts;
    for (const other of this.#others.values()) {
      const isBefore = other.claimed === instance ? other.epoch < epoch : other.claimed < instance;
      if (isBefore) return false;
    }
    return true;
  }

  /** Everybody but this instance. */
  get others(): number {
    return this.#others.size;
  }

  /** Clients of all instances; `own`: of this one, now. */
  clients(own: number): number {
    return this.#members.reduce(
      (sum, { epoch, clients }) => (epoch === this.#parts.epoch ? sum : sum + clients),
      own,
    );
  }

  /** Everybody, this instance first. */
  list(ownClients: number): RosterEntry[] {
    const { instance, epoch: own, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    const byEpoch = new Map(this.#members.map((member) => [member.epoch, member]));
    const others = [...this.#others.values()].map(({ name, claimed, epoch, heardMs }) => {
      const member = byEpoch.get(epoch);
      const ageMs = Math.round(Math.min(member?.ageMs ?? Number.POSITIVE_INFINITY, nowMs - heardMs));
      return { instance: name ?? claimed, epoch, clients: member?.clients ?? 0, ageMs };
    });
    others.sort((a, b) => (a.instance < b.instance ? -1 : 1));
    return [{ instance, epoch: own, clients: ownClients, ageMs: 0 }, ...others];
  }

  #join(instance: string, epoch: string, atMs: number): Other {
    const heardMs = this.#parts.clock.monotonicMs();
    const other: Other = {
      epoch,
      claimed: instance,
      name: instance,
      firstAtMs: atMs,
      heardMs,
      isListed: false,
    };
    if (instance === this.#parts.instance) other.name = undefined;
    else for (const one of this.#others.values()) if (one.name === instance) one.name = undefined;
    this.#others.set(epoch, other);
    this.#parts.onChange({ type: "joined", instance, epoch });
    return other;
  }

  /** When another process took the name of one that lost it. */
  #takenAtMs(other: Other): number {
    if (other.claimed === this.#parts.instance) return this.#firstAtMs;
    for (const { name, firstAtMs } of this.#others.values()) if (name === other.claimed) return firstAtMs;
    return Number.POSITIVE_INFINITY;
  }

  #freeName(instance: string): string {
    const taken = new Set([...this.#others.values()].map(({ name }) => name));
    let number = 2;
    while (taken.has(`${instance}-${number}`)) number += 1;
    return `${instance}-${number}`;
  }
}
