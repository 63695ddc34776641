import type { Block, HostCode, MergeWish } from "@metricast/protocol";
import type { Alerts } from "./alerts/alerts.js";
import { wireAlerts } from "./alerts/wire-alerts.js";
import { type ChannelPick, metricsChannel } from "./channels/pick-channel.js";
import { pickedSeries, unknownInstance } from "./channels/picked-series.js";
import { closeOnSignals, type SignalledProcess } from "./close-on-signals.js";
import { Collection } from "./collection.js";
import type { Acceptor } from "./contracts/connection.js";
import type { Identity } from "./contracts/identity.js";
import type { Source, SourceFunction } from "./contracts/source.js";
import { warnOfDeployment } from "./deployment.js";
import { MetricastError } from "./errors.js";
import type { Counter } from "./feed/counter.js";
import type { Gauge } from "./feed/gauge.js";
import type { Histogram, HistogramOptions } from "./feed/histogram.js";
import type { InstrumentOptions } from "./feed/instrument.js";
import { type Health, type HealthInputs, healthReport } from "./health/health.js";
import { healthInputs } from "./health/health-inputs.js";
import { measuredAcceptor, measuredHttp } from "./health/measured.js";
import { selfMetrics } from "./health/self-metrics.js";
import { whatFits } from "./history/fit.js";
import { type HostEvents, requireListening } from "./host-events.js";
import { askerOf } from "./http/asker.js";
import { type HandlerParts, type HttpHandler, httpHandler } from "./http/handler.js";
import type { HttpAnswer, HttpRequest, HttpResponse } from "./http/message.js";
import { type NodeHandler, nodeHandler } from "./http/node.js";
import { type CrashingProcess, notifyClientsOnCrash } from "./notify-crash.js";
import type { MetricastOptions } from "./options.js";
import { type HistoryQuery, planQuery } from "./query-history.js";
import { type ResolvedOptions, resolveOptions, selfChannel } from "./resolve-options.js";
import { createServices, type Services } from "./services.js";
import { Serving } from "./serving.js";
import { secretsOf } from "./sessions/admission-access.js";
import { boundsNotice } from "./sessions/merged-notice.js";
import { shareSecret } from "./sessions/shared-secret.js";
import { Tickets } from "./sessions/ticket.js";

/** Makes a metricast that nothing is attached to yet. Throws MC_OPTION_INVALID, MC_OPTION_UNKNOWN, MC_SOURCE_INVALID, MC_ALERT_INVALID. */
export function createMetricast(options?: MetricastOptions): Metricast {
  return new Metricast(options);
}

export interface CloseOptions {
  /** Over how long clients are sent away; default 0, all at once. */
  readonly drainMs?: number;
}

/** Collects, keeps and serves metrics. Two in one process share nothing. */
export class Metricast {
  readonly options: ResolvedOptions;
  readonly #services: Services;
  readonly #tickets: Tickets;
  readonly #collection: Collection;
  readonly #serving: Serving;
  readonly #alerts: Alerts;
  readonly #health: HealthInputs;
  readonly #acceptor: Acceptor;
  readonly #http: HttpHandler;
  readonly #httpParts: HandlerParts;
  readonly #undo: (() => void)[] = [];
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(given?: MetricastOptions) {
    const services = createServices(resolveOptions(given));
    const { options } = services;
    this.options = options;
    this.#services = services;
    this.#tickets = new Tickets({
      secrets: secretsOf(options.given),
      random: options.random,
      time: services.time,
      issuer: options.service,
    });
    this.#collection = new Collection(services, {
      beforeBatch: () => this.#serving.settle(),
      afterBatch: (channel, of) => this.#serving.deliver(channel, of),
      onTick: (batch, merge) => this.#alerts.take(batch, merge),
      afterEvents: () => {
        this.#serving.deliverEvents();
        this.#alerts.heard();
      },
      onRevised: (channel, from, to) => this.#serving.tellMerged(channel, { type: "revised", from, to }),
      onBounds: (channel) => this.#serving.tellMerged(channel, boundsNotice),
      // Where it is away it says so itself, and then that it is back.
      onStore: (store) => shareSecret(store, this.#tickets).catch(() => {}),
      clients: () => this.#serving.desk.count,
    });
    this.#serving = new Serving(services, this.#collection, this.#tickets, () => {
      this.#collection.accountMemory();
      services.ownCost.note();
    });
    const { alerts, limits } = wireAlerts(services, this.#collection, this.#serving);
    this.#alerts = alerts;
    this.#health = healthInputs({
      services,
      collection: this.#collection,
      serving: this.#serving,
      limits,
      alerts,
      holds: this.#whatFits(),
      draining: () => this.#closing !== undefined,
    });
    this.#acceptor = measuredAcceptor(this.#serving.desk, services.cost);
    this.#httpParts = this.#gatherHttpParts();
    this.#http = measuredHttp(httpHandler(this.#httpParts), services.cost);
    metricsChannel(this.#collection.channels, selfChannel).feed.addSource(this.#selfSource());
  }

  /** Where transports hand over their sockets. */
  get acceptor(): Acceptor {
    return this.#acceptor;
  }

  /** Answers HTTP requests under the base path, free of any framework. */
  get http(): HttpHandler<HttpAnswer> {
    return this.#http;
  }

  /** What a request for a page is refused with, by the decision that its ticket will meet; undefined: it may be shown. */
  async refusal(request: HttpRequest): Promise<HttpResponse | undefined> {
    const asker = await askerOf(request, this.#httpParts);
    return "status" in asker ? asker : undefined;
  }

  /** Lets in whoever presents it, where the host decided nothing else: shown once, to whoever starts the service. */
  get startToken(): string {
    return this.#tickets.startToken;
  }

  /** Begins to collect; resolves when the store is open, or given up. Called again it gives the same promise. */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  /** Returns what takes the listener off again. One that throws is reported and hurts nobody. Throws MC_OPTION_UNKNOWN, MC_OPTION_INVALID. */
  on<K extends keyof HostEvents>(event: K, listener: (payload: HostEvents[K]) => unknown): () => void {
    requireListening(event, listener);
    return this.#services.emitter.on(event, listener);
  }

  /** Returns what removes the source again. Throws MC_SOURCE_INVALID, MC_CHANNEL_UNKNOWN, MC_CLOSED. */
  addSource(source: Source | SourceFunction, { channel }: ChannelPick = {}): () => void {
    return this.#feed(channel).addSource(source);
  }

  /** A value that only grows. Throws MC_NAME_INVALID, MC_KIND_CONFLICT. */
  counter(name: string, { channel, ...options }: InstrumentOptions & ChannelPick = {}): Counter {
    return this.#feed(channel).counter(name, options);
  }

  /** A value that goes up and down. Throws MC_NAME_INVALID, MC_KIND_CONFLICT. */
  gauge(name: string, { channel, ...options }: InstrumentOptions & ChannelPick = {}): Gauge {
    return this.#feed(channel).gauge(name, options);
  }

  /** How values are distributed. Throws MC_NAME_INVALID, MC_KIND_CONFLICT. */
  histogram(name: string, { channel, ...options }: HistogramOptions & ChannelPick = {}): Histogram {
    return this.#feed(channel).histogram(name, options);
  }

  /** Tells everybody who watches at once. `data`: whatever JSON can carry. Throws MC_EVENT_INVALID, MC_NAME_INVALID, MC_CLOSED. */
  event(type: string, data: unknown = null, { channel }: ChannelPick = {}): void {
    this.assertOpen();
    this.#services.cost.measure(() => {
      this.#collection.addEvent(type, data, channel);
      this.#serving.deliverEvents();
    });
  }

  /**
   * Aligned points of a channel's history: of all instances as one, of this one (`merge: "instance"`), or of another by its name,
   * as far as they are held here. Throws MC_CHANNEL_UNKNOWN, MC_OPTION_INVALID where nobody of the name is known, and an
   * error for a malformed `select`.
   */
  query({ channel, ...query }: HistoryQuery & ChannelPick & MergeWish): Block {
    const metrics = metricsChannel(this.#collection.channels, channel);
    const asked = pickedSeries(metrics, query, this.options.instance);
    if (asked === undefined) throw unknownInstance(query.instance);
    return this.#services.cost.measure(() => asked.history.query(planQuery(asked, query)));
  }

  health(): Health {
    return healthReport(this.#health);
  }

  /**
   * Ends the sessions of one identity on this instance, with 4505; answers how many there were. Whoever is still logged in
   * may come back: end the login first.
   */
  disconnect({ id }: Pick<Identity, "id">): number {
    return this.#serving.desk.disconnect(id);
  }

  /** A handler for node:http, Express and Connect: health, Prometheus text, tickets. Mount it behind your own login. */
  handler(): NodeHandler {
    return nodeHandler(this.#http, this.options.path);
  }

  /** Opt-in: tells clients when the process crashes; the exit code and the stack stay as they are. Returns the undo. */
  notifyClientsOnCrash(process: CrashingProcess): () => void {
    const undo = notifyClientsOnCrash(process, this.#serving.desk.sessions);
    this.#undo.push(undo);
    return undo;
  }

  /** Opt-in: drains and closes at these signals, then sends the signal again. Returns the undo. */
  closeOnSignals(
    process: SignalledProcess,
    signals: readonly NodeJS.Signals[],
    options?: CloseOptions,
  ): () => void {
    const undo = closeOnSignals(process, signals, () => this.close(options));
    this.#undo.push(undo);
    return undo;
  }

  /** Sends clients away, flushes the store and lets go of everything. Never rejects; once is enough. */
  close({ drainMs = 0 }: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(drainMs);
    return this.#closing;
  }

  /** For those who wire parts together; told as soon as the host has had the time to listen. */
  protected warn(code: HostCode, details: Record<string, unknown> = {}): void {
    void Promise.resolve().then(() => this.#services.reporter.report("warning", code, details));
  }

  async #start(): Promise<void> {
    this.assertOpen();
    // Who has only just made this has not had the time to listen to what is about to be said.
    await Promise.resolve();
    if (this.#closing !== undefined) return;
    warnOfDeployment(this.options, this.#services.reporter.report);
    this.#services.logger.info(
      { memoryBudgetBytes: this.options.memoryBudgetBytes },
      `history holds ${this.#whatFits()}`,
    );
    this.#serving.start();
    this.#services.pressure.start();
    const started = this.#collection.start();
    this.#serving.beginWith(started.then(() => this.#collection.level()));
    await started;
  }

  async #close(drainMs: number): Promise<void> {
    const { reporter, emitter, pressure } = this.#services;
    pressure.stop();
    try {
      await this.#serving.drain(drainMs);
      this.#serving.stop();
      await this.#starting;
      await this.#collection.stop();
    } catch (cause) {
      reporter.report("error", "MC_INTERNAL", { key: "close" }, cause);
    }
    for (const undo of this.#undo) undo();
    emitter.emit("closed", {});
    emitter.clear();
  }

  #whatFits(): string {
    const { memoryBudgetBytes, intervalMs, retentionMs } = this.options;
    return whatFits({ limitBytes: memoryBudgetBytes, intervalMs, retentionMs });
  }

  /** Throws MC_CLOSED once it was closed. */
  protected assertOpen(): void {
    if (this.#closing !== undefined) throw new MetricastError("MC_CLOSED");
  }

  #feed(channel: string | undefined) {
    this.assertOpen();
    return metricsChannel(this.#collection.channels, channel).feed;
  }

  #gatherHttpParts(): HandlerParts {
    const { options, reporter, ...services } = this.#services;
    return {
      ...services,
      options: { ...options.given, ...options },
      desk: this.#serving.admission,
      tickets: this.#tickets,
      clock: options.clock,
      report: reporter.report,
      health: this.#health,
      channels: () => this.#collection.metricsChannels(),
      authorize: this.#serving.authorize,
    };
  }

  #selfSource(): Source {
    const { memory, limits } = this.#health;
    const { clock } = this.options;
    const clients = this.#serving.desk;
    return selfMetrics({ ...this.#services, clock, clients, memory, limits, alerts: this.#alerts });
  }
}
