import type { Clock } from "../contracts/clock.js";
import type { Sample, Source } from "../contracts/source.js";
import type { ShedState } from "../pressure/shedding.js";
import type { Cost } from "./cost.js";
import type { DeliveryTimes } from "./delivery-times.js";
import { EventLoopDelay } from "./event-loop.js";
import type { MemoryHealth } from "./health.js";
import type { LimitState } from "./limits.js";
import type { OwnCost } from "./own-cost.js";
import { RateWindow } from "./rate-window.js";
import { SelfSeries } from "./self-series.js";
import type { Stats } from "./stats.js";

export interface SelfMetricsParts {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly stats: Stats;
  readonly clients: { readonly count: number };
  readonly deliveryTimes: DeliveryTimes;
  readonly cost: Pick<Cost, "totalMs" | "apartMs">;
  readonly ownCost: Pick<OwnCost, "read">;
  readonly pressure: { readonly state: Pick<ShedState, "level"> };
  readonly reporter: { readonly errors: number; readonly warnings: number };
  readonly memory: () => MemoryHealth;
  readonly limits: () => readonly LimitState[];
  readonly alerts: { readonly active: { readonly length: number } };
  /** Default: Node's own monitor. */
  readonly eventLoop?: Pick<EventLoopDelay, "read" | "close">;
}

/** Quantiles are of the last one to two of these. */
const windowMs = 60_000;

/** How metricast itself is doing, as an ordinary source. Reads numbers that are there anyway. */
export function selfMetrics(parts: SelfMetricsParts): Source {
  return new SelfMetrics(parts);
}

class SelfMetrics implements Source {
  readonly name = "metricast";
  readonly #parts: SelfMetricsParts;
  readonly #series = new SelfSeries();
  readonly #eventLoop: Pick<EventLoopDelay, "read" | "close">;
  readonly #connections = new RateWindow(windowMs);
  readonly #messages = new RateWindow(windowMs);
  readonly #errors = new RateWindow(windowMs);
  #rotatedMs: number;

  constructor(parts: SelfMetricsParts) {
    this.#parts = parts;
    this.#eventLoop = parts.eventLoop ?? new EventLoopDelay();
    this.#rotatedMs = parts.clock.monotonicMs();
  }

  read(): readonly Sample[] {
    const nowMs = this.#parts.clock.monotonicMs();
    const { deliveryTimes, limits } = this.#parts;
    this.#count();
    this.#measure();
    this.#rate(nowMs);
    const delay = this.#eventLoop.read();
    const samples = [
      ...this.#series.always,
      ...limits().map(({ name, used, limit }) => this.#series.limit(name, used / limit)),
      ...this.#series.delivery([deliveryTimes.quantileMs(0.5), deliveryTimes.quantileMs(0.99)]),
      ...this.#series.loopDelay([delay?.p50Ms, delay?.p99Ms, delay?.maxMs]),
    ];
    this.#rotate(nowMs);
    return samples;
  }

  close(): void {
    this.#eventLoop.close();
  }

  #count(): void {
    const { stats, cost, reporter } = this.#parts;
    const { counters, totals } = this.#series;
    for (const { counter, sample } of counters) sample.value = stats[counter];
    totals.errors.value = reporter.errors;
    totals.warnings.value = reporter.warnings;
    totals.cpu.value = cost.totalMs / 1_000;
    totals.sourcesCpu.value = cost.apartMs / 1_000;
  }

  #measure(): void {
    const { clients, ownCost, pressure, alerts, memory } = this.#parts;
    const { gauges } = this.#series;
    const { cpuShare, sentBytesPerSecond } = ownCost.read();
    const { usedBytes, limitBytes } = memory();
    gauges.clients.value = clients.count;
    gauges.cpuShare.value = cpuShare;
    gauges.sentBytes.value = sentBytesPerSecond;
    gauges.shedLevel.value = pressure.state.level;
    gauges.alerts.value = alerts.active.length;
    gauges.usedBytes.value = usedBytes;
    gauges.limitBytes.value = limitBytes;
  }

  #rate(nowMs: number): void {
    const { stats, reporter } = this.#parts;
    const { gauges } = this.#series;
    const messages = stats.messagesIn + stats.messagesOut;
    const errors = stats.clientErrors + reporter.errors;
    gauges.connections.value = this.#connections.perSecond(nowMs, stats.accepted) * 60;
    gauges.messages.value = this.#messages.perSecond(nowMs, messages);
    gauges.errors.value = this.#errors.perSecond(nowMs, errors) * 60;
  }

  #rotate(nowMs: number): void {
    if (nowMs - this.#rotatedMs < windowMs) return;
    this.#rotatedMs = nowMs;
    this.#parts.deliveryTimes.rotate();
  }
}
