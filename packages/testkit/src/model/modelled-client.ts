import type { Acceptor, EncodedFrame } from "@metricast/core";
import { closeCodes, type ResetReason, type SubscribedItem, type SubscribeItem } from "@metricast/protocol";
import { FakeConnection } from "../fake-connection.js";
import { ReferenceClient } from "../reference-client.js";
import { EventsWatch, MetricsWatch, tickOf } from "../reference-watch.js";
import type { ModelledHost } from "./modelled-host.js";
import type { ModelledSeries } from "./modelled-series.js";
import type { Oracle } from "./oracle.js";

/** A choice of what to watch, and by whom it would be shown. */
export interface ModelledWish {
  readonly item: Omit<SubscribeItem, "channel" | "position">;
  readonly selects: (series: ModelledSeries) => boolean;
}

/** A client of the model: what it watches outlives its connections, and everything it gets is held against the log. */
export class ModelledClient {
  readonly faults: string[] = [];
  readonly metrics: MetricsWatch;
  readonly events = new EventsWatch({ channel: "events", select: ["even", "odd"] });
  connection: FakeConnection | undefined;
  client: ReferenceClient | undefined;
  /** So long a history is kept whatever happens. */
  leastRetentionTicks = 60;
  /** How it reads: so many bytes at every so-manieth turn; 0 while it does not read. */
  reading = { bytes: Infinity, everyTurns: 1 };
  #turns = 0;
  #wish: ModelledWish;
  /** Wishes that were sent and not answered yet, and the one that was answered last. */
  #sentWishes: ModelledWish[] = [];
  #selects: ModelledWish["selects"];
  /** The log of the writer that what it holds is of. */
  #oracle: Oracle | undefined;
  readonly #host: ModelledHost;

  constructor(host: ModelledHost, wish: ModelledWish) {
    this.#host = host;
    this.#wish = wish;
    this.#selects = wish.selects;
    this.metrics = new MetricsWatch({ channel: "metrics", ...wish.item });
    const { timeline } = this.metrics;
    timeline.onEntry = (entry) => this.#note(host.oracle.judge(entry, this.#selects));
    this.metrics.onBegin = (item, position) => this.#begin(item, position);
    timeline.onGap = (gap) => this.#note(host.oracle.judgeGap(gap));
  }

  get isConnected(): boolean {
    return this.connection !== undefined;
  }

  get sent(): readonly EncodedFrame[] {
    return this.connection?.sent ?? [];
  }

  /** Connects, and asks for everything where it stopped. */
  async connect(acceptor: Acceptor): Promise<void> {
    if (this.connection) return;
    const client = new ReferenceClient();
    const connection = await FakeConnection.open(acceptor);
    connection.onMessage = (data) => client.take(data);
    this.connection = connection;
    this.client = client;
    this.#sendWish();
    connection.write(client.subscribe([this.metrics, this.events]));
  }

  /** Another selection or step: at once where it is connected, else with the next connection. */
  choose(wish: ModelledWish): void {
    this.#wish = wish;
    if (!this.client || this.client.unanswered > 0 || !this.metrics.view) return;
    this.#sendWish();
    this.connection?.write(this.client.update([this.metrics]));
  }

  /** Leaves the metrics and begins anew, without a position. */
  restartWatch(): void {
    const { client, connection, metrics } = this;
    if (!client || !connection || client.unanswered > 0 || !metrics.view) return;
    connection.write(client.unsubscribe([metrics]));
    metrics.forget();
    this.#sendWish();
    connection.write(client.subscribe([metrics]));
  }

  /** Reads what it is willing to, and notices when the server has closed. */
  turn(): void {
    const { bytes, everyTurns } = this.reading;
    this.#turns += 1;
    if (bytes > 0 && this.#turns % everyTurns === 0) this.connection?.read(bytes);
    // Who reads slowly, or not at all, is not silent.
    if (this.#turns % 20 === 0 && this.client) this.connection?.write(this.client.request({ type: "ping" }));
    if (this.connection?.isClosed) this.#lose();
  }

  drop(): void {
    this.connection?.drop();
    if (this.connection) this.#lose();
  }

  /** Everything that went wrong so far. */
  allFaults(): string[] {
    const own = [...this.faults, ...this.metrics.faults, ...this.events.faults];
    return this.client ? [...own, ...this.client.faults] : own;
  }

  /** Ticks that are promised and nowhere. */
  lost(): readonly number[] {
    return this.metrics.timeline.lost(this.#oracle?.ticks ?? []);
  }

  #sendWish(): void {
    this.#sentWishes.push(this.#wish);
    this.metrics.wish = { channel: "metrics", ...this.#wish.item };
  }

  #begin({ resume, position: head }: SubscribedItem, position: string | undefined): void {
    this.#selects = this.#sentWishes.shift()?.selects ?? this.#selects;
    const reason = resume?.outcome === "reset" ? resume.reason : undefined;
    if (reason !== undefined) this.#note(this.#judgeReset(reason, tickOf(head) - tickOf(position ?? "")));
    this.#oracle = this.#host.oracle;
  }

  /** Nobody is sent back to the start who could have been given what was missing. */
  #judgeReset(reason: ResetReason, ticks: number): string | undefined {
    if (reason === "epoch_changed" && this.#oracle !== this.#host.oracle) return undefined;
    return reason === "expired" && ticks >= this.leastRetentionTicks
      ? undefined
      : `reset: ${reason} after ${ticks}`;
  }

  #lose(): void {
    const { closedWith } = this.connection ?? {};
    const isKnown = Object.values(closeCodes).some(({ code }) => code === closedWith?.code);
    if (!isKnown && closedWith?.code !== 1006) this.#note(`closed with ${closedWith?.code}`);
    this.client?.cut();
    this.faults.push(...(this.client?.faults ?? []));
    if ((this.client?.errors.length ?? 0) > 0) this.#note(`refused: ${this.client?.errors}`);
    this.connection = undefined;
    this.client = undefined;
    this.#sentWishes = [];
    const lost = this.lost();
    if (lost.length > 0) this.#note(`lost silently: ${lost}`);
  }

  #note(fault: string | undefined): void {
    if (fault !== undefined) this.faults.push(fault);
  }
}
