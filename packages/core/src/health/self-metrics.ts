import type { Clock } from "../contracts/clock.js";
import type { Sample, Source } from "../contracts/source.js";
import type { ShedState } from "../pressure/shedding.js";
import type { Cost } from "./cost.js";
import type { DeliveryTimes } from "./delivery-times.js";
import { EventLoopDelay } from "./event-loop.js";
import type { MemoryHealth } from "./health.js";
import { type LimitState, limitSeries } from "./limits.js";
import type { OwnCost } from "./own-cost.js";
import { RateWindow } from "./rate-window.js";
import { selfCounters } from "./self-counters.js";
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
    const samples = [
      ...this.#counters(),
      ...this.#rates(nowMs),
      ...this.#own(),
      ...this.#memory(),
      ...this.#delivery(),
      ...this.#loopDelay(),
    ];
    this.#rotate(nowMs);
    return samples;
  }

  close(): void {
    this.#eventLoop.close();
  }

  #counters(): Sample[] {
    const { stats, cost, reporter } = this.#parts;
    const own: Sample[] = counterNames.map((counter) => ({
      ...selfCounters[counter],
      kind: "counter",
      value: stats[counter],
    }));
    const reports = {
      name: "metricast_reports_total",
      kind: "counter",
      help: "Reports to the host.",
    } as const;
    return [
      ...own,
      { ...reports, labels: { severity: "error" }, value: reporter.errors },
      { ...reports, labels: { severity: "warning" }, value: reporter.warnings },
      {
        name: "metricast_cpu_seconds_total",
        kind: "counter",
        unit: "seconds",
        help: "Time metricast itself kept the event loop.",
        value: cost.totalMs / 1_000,
      },
      {
        name: "metricast_sources_cpu_seconds_total",
        kind: "counter",
        unit: "seconds",
        help: "Time the host's sources kept the event loop while they were read.",
        value: cost.apartMs / 1_000,
      },
    ];
  }

  #rates(nowMs: number): Sample[] {
    const { stats, clients, reporter } = this.#parts;
    const messages = stats.messagesIn + stats.messagesOut;
    const errors = stats.clientErrors + reporter.errors;
    return [
      gauge("metricast_clients", "Sessions that live now.", clients.count),
      gauge(
        "metricast_connections_per_minute",
        "Connections accepted, over the last minute.",
        this.#connections.perSecond(nowMs, stats.accepted) * 60,
      ),
      gauge(
        "metricast_messages_per_second",
        "Messages from and to clients, over the last minute.",
        this.#messages.perSecond(nowMs, messages),
      ),
      gauge(
        "metricast_errors_per_minute",
        "Errors answered to clients or reported to the host, over the last minute.",
        this.#errors.perSecond(nowMs, errors) * 60,
      ),
    ];
  }

  #own(): Sample[] {
    const { cpuShare, sentBytesPerSecond } = this.#parts.ownCost.read();
    return [
      gauge(
        "metricast_cpu_share_ratio",
        "Part of the time in which metricast itself kept the event loop, over the last ten seconds.",
        cpuShare,
        "ratio",
      ),
      gauge(
        "metricast_sent_bytes_per_second",
        "Bytes of messages to clients, over the last ten seconds.",
        sentBytesPerSecond,
        "bytes",
      ),
      gauge(
        "metricast_shed_level",
        "How much metricast sheds of its own work: 0 nothing, 1 and 2 ticks, 3 all but last values.",
        this.#parts.pressure.state.level,
      ),
      gauge(
        "metricast_alerts_active",
        "Alerts that fire, of all instances.",
        this.#parts.alerts.active.length,
      ),
    ];
  }

  #memory(): Sample[] {
    const { usedBytes, limitBytes } = this.#parts.memory();
    const limits = this.#parts.limits().map(({ name, used, limit }) => ({
      ...gauge(limitSeries, "Use of a limit, 1 being all of it.", used / limit, "ratio"),
      labels: { limit: name },
    }));
    return [
      gauge("metricast_memory_used_bytes", "Memory taken of the budget.", usedBytes, "bytes"),
      gauge("metricast_memory_limit_bytes", "The memory budget.", limitBytes, "bytes"),
      ...limits,
    ];
  }

  #delivery(): Sample[] {
    const { deliveryTimes } = this.#parts;
    const help = "Time from a tick until its frame was handed to the transport.";
    return quantiles("metricast_delivery_seconds", help, [
      ["0.5", deliveryTimes.quantileMs(0.5)],
      ["0.99", deliveryTimes.quantileMs(0.99)],
    ]);
  }

  #loopDelay(): Sample[] {
    const delay = this.#eventLoop.read();
    return quantiles("metricast_event_loop_delay_seconds", "Delay of the event loop since the last tick.", [
      ["0.5", delay?.p50Ms],
      ["0.99", delay?.p99Ms],
      ["1", delay?.maxMs],
    ]);
  }

  #rotate(nowMs: number): void {
    if (nowMs - this.#rotatedMs < windowMs) return;
    this.#rotatedMs = nowMs;
    this.#parts.deliveryTimes.rotate();
  }
}

// Stats has plain fields only, and the table has one entry for each.
const counterNames = Object.keys(selfCounters) as (keyof Stats)[];

function gauge(name: string, help: string, value: number, unit?: string): Sample {
  return { name, kind: "gauge", help, value, ...(unit === undefined ? {} : { unit }) };
}

function quantiles(name: string, help: string, values: readonly [string, number | undefined][]): Sample[] {
  return values.flatMap(([quantile, ms]) =>
    ms === undefined ? [] : [{ ...gauge(name, help, ms / 1_000, "seconds"), labels: { quantile } }],
  );
}
