import {
  createMetricast,
  type EncodedFrame,
  type Metricast,
  type NumberOptions,
  type Random,
} from "@metricast/core";
import type { EventsWatch } from "../reference-watch.js";
import { LateClock } from "./late-clock.js";
import { ModelledClient, type ModelledWish } from "./modelled-client.js";
import { ModelledHost, modelIntervalMs } from "./modelled-host.js";

/** Replies and notices that wait with the rest. */
const laneBytes = 3_000;
const startMs = 1_700_000_000_250;

/** A whole metricast on a manual clock, its host, and clients on sockets in memory. */
export class ModelledService {
  readonly clock = new LateClock(startMs);
  readonly host = new ModelledHost(this.clock);
  readonly clients: readonly ModelledClient[];
  /** Events of the server that runs now, by their numbers from 1. */
  events: string[] = [];
  cast: Metricast;
  readonly #options: Partial<NumberOptions>;
  readonly #ballast: number;
  readonly #random: Random;
  /** The one instance that each message of a view must be. */
  #instances = new Map<string, EncodedFrame>();
  #largestBytes = 0;
  readonly #checked = new WeakSet<EncodedFrame>();
  readonly #looked = new WeakMap<readonly EncodedFrame[], number>();

  /** `ballast`: so many more series, in a channel of their own, that take memory. */
  constructor(
    options: Partial<NumberOptions>,
    wishes: readonly ModelledWish[],
    seed: number,
    { ballast = 0 } = {},
  ) {
    this.#options = options;
    this.#ballast = ballast;
    this.#random = seededRandom(seed);
    this.clients = wishes.map((wish) => new ModelledClient(this.host, wish));
    this.cast = this.#create();
  }

  async start(): Promise<void> {
    await this.cast.start();
    await this.settle();
  }

  /** Promises and whatever is due now have run, and every client has read. */
  async settle(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      await this.clock.advance(0);
      for (const client of this.clients) client.turn();
    }
    this.#checkInstances();
    this.#checkFlight();
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.settle();
  }

  async tick(ticks: number): Promise<void> {
    for (let tick = 0; tick < ticks; tick += 1) await this.advance(modelIntervalMs);
  }

  async stall(ms: number): Promise<void> {
    await this.clock.stall(ms);
    await this.settle();
  }

  /** For so long the host holds the event loop again and again, and lets go of it for a moment each time. */
  async press(ms: number, holdMs: number): Promise<void> {
    for (let pressedMs = 0; pressedMs < ms; pressedMs += holdMs) {
      await this.stall(holdMs);
      await this.clock.advance(1);
    }
  }

  async stepWall(ms: number): Promise<void> {
    // A slow answer that is on its way comes before the step, or a tick might overtake it.
    this.host.isSteady = false;
    await this.advance(150);
    this.clock.inner.stepWall(ms);
  }

  addEvent(type: string): void {
    this.events.push(type);
    this.cast.event(type, { n: this.events.length });
  }

  /** The process goes, and another of its name comes. */
  async restart(): Promise<void> {
    for (const client of this.clients) client.drop();
    await this.cast.close();
    this.host.restart();
    this.events = [];
    this.#instances = new Map();
    this.cast = this.#create();
    await this.start();
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.drop();
    await this.cast.close();
  }

  /** Everybody reads and is connected; after that nothing may be missing. */
  async recover(): Promise<void> {
    this.host.isSlow = false;
    for (let round = 0; round < 3; round += 1) {
      for (const client of this.clients) {
        client.reading = { bytes: Infinity, everyTurns: 1 };
        if (client.connection) client.connection.capacityBytes = Infinity;
        client.turn();
        await client.connect(this.cast.acceptor);
      }
      await this.tick(5);
    }
  }

  /** Numbers of events that a client should have and has not, or has and should not. */
  missedEvents({ wish, ids, startPosition, lostThrough }: EventsWatch): number[] {
    const start = numberAfter(startPosition, ".");
    const lost = lostThrough === undefined ? start : numberAfter(lostThrough, ".");
    const got = new Set(ids.map((id) => numberAfter(id, "-")));
    const wanted = this.events.flatMap((type, index) => (wish.select?.includes(type) ? [index + 1] : []));
    const missing = wanted.filter((n) => n > start && n > lost && !got.has(n));
    return [...missing, ...[...got].filter((n) => !wanted.includes(n) || n <= start)];
  }

  faults(): string[] {
    return this.clients.flatMap((client, index) =>
      client.allFaults().map((fault) => `client ${index}: ${fault}`),
    );
  }

  #create(): Metricast {
    return createMetricast({
      clock: this.clock,
      random: this.#random,
      sources: this.host.sources(),
      instance: "model",
      intervalMs: modelIntervalMs,
      public: true,
      messagesPerMinute: 1_000_000,
      messageBurst: 1_000_000,
      acceptsPerSecondPerAddress: 1_000_000,
      acceptBurstPerAddress: 1_000_000,
      channels: {
        metricast: { intervalMs: 60_000 },
        ...(this.#ballast > 0 && { ballast: { sources: [() => heavy(this.#ballast)] } }),
      },
      ...this.#options,
    });
  }

  /** What is sent and not read stays within its bound, but for replies, and one message of any size. */
  #checkFlight(): void {
    for (const { connection, faults } of this.clients) {
      const bytes = connection?.heldBytes ?? 0;
      if (bytes > Math.max(this.cast.options.maxInFlightBytes, this.#largestBytes) + laneBytes)
        faults.push(`${bytes} bytes are in flight`);
    }
  }

  /** A frame of a view is one instance for all who get it. */
  #checkInstances(): void {
    for (const client of this.clients) {
      const { sent } = client;
      for (let at = this.#looked.get(sent) ?? 0; at < sent.length; at += 1) {
        const frame = sent[at];
        if (frame) this.#checkInstance(frame, client);
      }
      this.#looked.set(sent, sent.length);
    }
  }

  #checkInstance(frame: EncodedFrame, client: ModelledClient): void {
    if (this.#checked.has(frame)) return;
    this.#checked.add(frame);
    this.#largestBytes = Math.max(this.#largestBytes, frame.length);
    const text = Buffer.from(frame.bytes).toString("latin1");
    if (!text.startsWith('{"type":"frame"')) return;
    const name = text.slice(0, text.indexOf(',"', text.indexOf('"tick"')) + 8);
    if (this.#instances.has(name)) client.faults.push(`encoded twice: ${name}`);
    this.#instances.set(name, frame);
  }
}

function heavy(series: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: series }, (_, index) => [`heavy_${index}`, index]));
}

function numberAfter(text: string, mark: string): number {
  return Number(text.slice(text.lastIndexOf(mark) + 1));
}

/** Numbers that look random and are the same every time. */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)),
    fraction: next,
  };
}
