import type { EventsChannel } from "../channels/events-channel.js";
import type { Store, StoredBatch } from "../contracts/store.js";
import type { LoggedEvent, WrittenEvent } from "../feed/event-log.js";

export interface EventExchangeParts {
  readonly store: Pick<Store, "append" | "isShared" | "read">;
  readonly instance: string;
  readonly epoch: string;
  /** Channels that are the same everywhere, by name. */
  readonly channels: ReadonlyMap<string, EventsChannel>;
  /** Events of others are there. */
  readonly onEvents: () => void;
  /** What another instance stored cannot be read. */
  readonly onFault: (instance: string, cause: unknown) => void;
}

/** Of what is stored of one event. */
const maxBytes = 65_536;
/** Of what comes before it is known what came earlier. */
const maxEarly = 10_000;

/**
 * Brings the events of instances to each other. In the store an event is a batch whose tick is the event's number: its writer
 * counts densely, so `prev` says where one is missing.
 */
export class EventExchange {
  readonly #parts: EventExchangeParts;
  /** What came before the past was read; undefined from then on. */
  #early: StoredBatch[] | undefined = [];

  constructor(parts: EventExchangeParts) {
    this.#parts = parts;
  }

  /** Whether what was stored before has been read. */
  get isWarm(): boolean {
    return this.#early === undefined;
  }

  has(channel: string): boolean {
    return this.#parts.channels.has(channel);
  }

  /** The store is open: what was told before goes there, too. */
  begin(): void {
    for (const { name, log } of this.#parts.channels.values())
      for (const event of log.since(0, () => true).events) this.append(name, event);
  }

  /** This instance has a new event. */
  append(channel: string, { n, type, atMs, data }: LoggedEvent): void {
    const { store, instance, epoch } = this.#parts;
    if (!this.has(channel) || !store.isShared()) return;
    const bytes = Buffer.from(JSON.stringify({ type, atMs, data }));
    // Reading may begin with any of them.
    const batch = { type: "batch", channel, instance, epoch, tick: n, keyframe: true, bytes } as const;
    store.append(n > 1 ? { ...batch, prev: n - 1 } : batch);
  }

  /** Another instance stored an event. */
  take(stored: StoredBatch): void {
    if (this.#early === undefined) this.#read(stored);
    else if (this.#early.push(stored) > maxEarly) this.#early.shift();
  }

  /** Takes in what is still stored of everybody, by when it happened; then what came meanwhile. Rejects where the store is away. */
  async warm(): Promise<void> {
    const { store, channels } = this.#parts;
    for (const channel of channels.keys()) {
      const found: { stored: StoredBatch; atMs: number }[] = [];
      const newestMs = new Map<string, number>();
      const query = { channel, fromTick: 0, toTick: Number.MAX_SAFE_INTEGER, stepTicks: 1 };
      for await (const item of store.read(query)) {
        if (item.type !== "batch" || item.epoch === this.#parts.epoch) continue;
        // A writer's own order stands, whatever its clock did.
        const atMs = Math.max(newestMs.get(item.epoch) ?? 0, eventOf(item)?.atMs ?? 0);
        newestMs.set(item.epoch, atMs);
        found.push({ stored: item, atMs });
      }
      found.sort((a, b) => a.atMs - b.atMs);
      for (const { stored } of found) this.#read(stored);
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const stored of early) this.#read(stored);
  }

  #read(stored: StoredBatch): void {
    const { channels, onEvents, onFault } = this.#parts;
    const channel = channels.get(stored.channel);
    if (channel === undefined) return;
    try {
      const event = eventOf(stored);
      if (event === undefined) throw new TypeError("this is no event");
      if (channel.log.take(event)) onEvents();
    } catch (cause) {
      onFault(stored.instance, cause);
    }
  }
}

function eventOf({ epoch, tick: n, bytes }: StoredBatch): WrittenEvent | undefined {
  if (bytes.byteLength > maxBytes) return undefined;
  let fields: Record<string, unknown>;
  try {
    fields = Object(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return undefined;
  }
  const { type, atMs, data = null } = fields;
  if (typeof type !== "string" || typeof atMs !== "number") return undefined;
  return { epoch, n, type, atMs, data };
}
