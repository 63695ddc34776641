import {
  createMetricast,
  type Metricast,
  type MetricastOptions,
  type Sample,
  type Store,
} from "@metricast/core";
import type { QueryItem, ServerMessage, SubscribeItem } from "@metricast/protocol";
import { FakeConnection } from "../fake-connection.js";
import { type ManualClock, manualClock } from "../manual-clock.js";
import { ReferenceClient } from "../reference-client.js";
import { MetricsWatch } from "../reference-watch.js";
import { LineStore } from "./line-store.js";

/** Of the channel `metrics`. */
export const clusterIntervalMs = 1_000;

type FrameMessage = Extract<ServerMessage, { type: "frame" }>;

/** What one instance reads: names ending in `_total` are counters, the rest gauges. */
export type Values = Record<string, number>;

/** A client that writes down what it is shown. */
export class Viewer {
  readonly messages: ServerMessage[] = [];
  /** One per frame: its tick, whom it did not wait for, and what stood there by name. */
  readonly shown: { readonly tick: number; readonly missing: readonly string[]; readonly values: Values }[] =
    [];
  readonly watch: MetricsWatch;
  #client = new ReferenceClient();
  #connection: FakeConnection | undefined;
  #names: string[] = [];
  #values: Values = {};

  constructor(item: Partial<SubscribeItem> = {}) {
    this.watch = new MetricsWatch({ channel: "metrics", ...item });
  }

  async connect(cast: Metricast): Promise<void> {
    this.#client = new ReferenceClient();
    const connection = await FakeConnection.open(cast.acceptor);
    connection.onMessage = (data) => {
      this.#client.take(data);
      const message: ServerMessage = JSON.parse(String(data));
      this.messages.push(message);
      if (message.type === "frame") this.#take(message);
    };
    this.#connection = connection;
    connection.write(this.#client.subscribe([this.watch]));
  }

  read(): void {
    this.#connection?.read();
  }

  /** Resolves with the answer once that is read. */
  query(item: QueryItem): Promise<ServerMessage> {
    return new Promise((done) => {
      this.#connection?.write(this.#client.request({ type: "query", items: [item] }, { done }));
    });
  }

  drop(): void {
    this.#connection?.drop();
    this.#client.cut();
    this.faults.push(...this.#client.faults);
  }

  readonly faults: string[] = [];

  get allFaults(): string[] {
    return [...this.faults, ...this.#client.faults, ...this.watch.faults];
  }

  get last(): Viewer["shown"][number] | undefined {
    return this.shown.at(-1);
  }

  of<T extends ServerMessage["type"]>(type: T): Extract<ServerMessage, { type: T }>[] {
    return this.messages.filter(
      (message): message is Extract<ServerMessage, { type: T }> => message.type === type,
    );
  }

  #take({ tick, prev, series = [], i, v, missing = [] }: FrameMessage): void {
    if (prev === undefined) {
      this.#names = [];
      this.#values = {};
    }
    this.#names.push(
      ...series.map(({ name = "?", labels }) => name + (labels ? JSON.stringify(labels) : "")),
    );
    let id = 0;
    for (const [at, distance] of i.entries()) {
      id += distance;
      const name = this.#names[id] ?? "?";
      const value = v[at];
      if (typeof value === "number") this.#values[name] = value;
      else delete this.#values[name];
    }
    this.shown.push({ tick, missing, values: { ...this.#values } });
  }
}

export interface Instance {
  readonly cast: Metricast;
  readonly line: LineStore;
  readonly warnings: string[];
  values: Values;
}

/** Instances of one service that share a store and a clock. */
export class Instances {
  readonly clock = manualClock(1_700_000_000_250);
  readonly #store: Store;
  readonly #instances: Instance[] = [];
  readonly #viewers: Viewer[] = [];

  /** `makeStore`: of the kind that one process shares. */
  constructor(makeStore: (clock: ManualClock) => Store) {
    this.#store = makeStore(this.clock);
  }

  async add(
    name: string,
    values: Values,
    options: {
      keepAlone?: boolean;
      slowMs?: number;
      channels?: MetricastOptions["channels"];
      /** In place of `values`: what it reads at a time. */
      read?: (now: number) => Values;
      /** Options of its own. */
      given?: Partial<MetricastOptions>;
      /** What is to be so from the start. */
      line?: (line: LineStore) => void;
    } = {},
  ): Promise<Instance> {
    const line = new LineStore(this.#store);
    options.line?.(line);
    const instance: Instance = {
      line,
      values,
      warnings: [],
      cast: createMetricast({
        clock: this.clock,
        instance: name,
        intervalMs: clusterIntervalMs,
        public: true,
        sources: [
          ({ now }) => this.#after(options.slowMs, () => samplesOf(options.read?.(now) ?? instance.values)),
        ],
        channels: { metricast: { intervalMs: 60_000 }, ...options.channels },
        ...(!options.keepAlone && { store: line }),
        ...options.given,
      }),
    };
    instance.cast.on("warning", ({ code }) => instance.warnings.push(code));
    instance.cast.on("error", ({ code, message }) => instance.warnings.push(`${code} ${message}`));
    this.#instances.push(instance);
    await this.#settleWith(instance.cast.start());
    return instance;
  }

  async view({ cast }: Instance, item?: Partial<SubscribeItem>): Promise<Viewer> {
    const viewer = new Viewer(item);
    this.#viewers.push(viewer);
    await viewer.connect(cast);
    await this.settle();
    return viewer;
  }

  async resume(viewer: Viewer, { cast }: Instance): Promise<void> {
    viewer.drop();
    await viewer.connect(cast);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      await this.clock.advanceAsync(0);
      for (const viewer of this.#viewers) viewer.read();
    }
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms);
    await this.settle();
  }

  async tick(ticks = 1): Promise<void> {
    for (let tick = 0; tick < ticks; tick += 1) await this.advance(clusterIntervalMs);
  }

  async stop(instance: Instance): Promise<void> {
    await this.#settleWith(instance.cast.close());
  }

  async close(): Promise<void> {
    for (const { cast } of this.#instances) await this.#settleWith(cast.close());
  }

  /** A source that takes its time to answer. */
  #after<T>(ms: number | undefined, get: () => T): T | Promise<T> {
    if (ms === undefined) return get();
    return new Promise((resolve) => this.clock.after(ms, () => resolve(get())));
  }

  async #settleWith(promise: Promise<void>): Promise<void> {
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    for (let round = 0; round < 50 && !isDone; round += 1) await this.advance(20);
    await done;
  }
}

function samplesOf(values: Values): Sample[] {
  return Object.entries(values).map(([name, value]) => ({
    name,
    value,
    kind: name.endsWith("_total") ? "counter" : "gauge",
  }));
}
