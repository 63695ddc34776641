import type { Sample } from "../contracts/source.js";
import { limitSeries } from "./limits.js";
import { selfCounters } from "./self-counters.js";
import type { Stats } from "./stats.js";

/** One of metricast's own series. It is made once and all have one shape: only its value is new with each read. */
interface OwnSample extends Omit<Sample, "value"> {
  value: number;
}

// Stats has plain fields only, and the table has one entry for each.
const counterNames = Object.keys(selfCounters) as (keyof Stats)[];

/** The series that tell how metricast itself is doing, to be given their values. */
export class SelfSeries {
  readonly counters = counterNames.map((counter) => ({
    counter,
    sample: own({ ...selfCounters[counter], kind: "counter" }),
  }));
  readonly totals = ownTotals();
  readonly gauges = ownGauges();
  /** Those that have a value from the start. */
  readonly always: readonly Sample[] = [
    ...this.counters.map(({ sample }) => sample),
    ...Object.values(this.totals),
    ...Object.values(this.gauges),
  ];
  readonly #limits = new Map<string, OwnSample>();
  readonly #delivery = ["0.5", "0.99"].map((quantile) =>
    own({
      name: "metricast_delivery_seconds",
      unit: "seconds",
      help: "Time from a tick until its frame was handed to the transport.",
      labels: { quantile },
    }),
  );
  readonly #loopDelay = ["0.5", "0.99", "1"].map((quantile) =>
    own({
      name: "metricast_event_loop_delay_seconds",
      unit: "seconds",
      help: "Delay of the event loop since the last tick.",
      labels: { quantile },
    }),
  );

  limit(name: string, usedShare: number): Sample {
    const known = this.#limits.get(name);
    const sample = known ?? own({ ...ofLimits, labels: { limit: name } });
    if (known === undefined) this.#limits.set(name, sample);
    sample.value = usedShare;
    return sample;
  }

  /** The median and the 99th percentile, those that are known. */
  delivery(valuesMs: readonly (number | undefined)[]): Sample[] {
    return known(this.#delivery, valuesMs);
  }

  /** The median, the 99th percentile and the longest, those that are known. */
  loopDelay(valuesMs: readonly (number | undefined)[]): Sample[] {
    return known(this.#loopDelay, valuesMs);
  }
}

const ofLimits = { name: limitSeries, unit: "ratio", help: "Use of a limit, 1 being all of it." };

function ownTotals() {
  const reports = { name: "metricast_reports_total", kind: "counter", help: "Reports to the host." } as const;
  return {
    errors: own({ ...reports, labels: { severity: "error" } }),
    warnings: own({ ...reports, labels: { severity: "warning" } }),
    cpu: own({
      name: "metricast_cpu_seconds_total",
      kind: "counter",
      unit: "seconds",
      help: "Time metricast itself kept the event loop.",
    }),
    sourcesCpu: own({
      name: "metricast_sources_cpu_seconds_total",
      kind: "counter",
      unit: "seconds",
      help: "Time the host's sources kept the event loop while they were read.",
    }),
  };
}

function ownGauges() {
  return {
    clients: own({ name: "metricast_clients", help: "Sessions that live now." }),
    connections: own({
      name: "metricast_connections_per_minute",
      help: "Connections accepted, over the last minute.",
    }),
    messages: own({
      name: "metricast_messages_per_second",
      help: "Messages from and to clients, over the last minute.",
    }),
    errors: own({
      name: "metricast_errors_per_minute",
      help: "Errors answered to clients or reported to the host, over the last minute.",
    }),
    cpuShare: own({
      name: "metricast_cpu_share_ratio",
      unit: "ratio",
      help: "Part of the time in which metricast itself kept the event loop, over the last ten seconds.",
    }),
    sentBytes: own({
      name: "metricast_sent_bytes_per_second",
      unit: "bytes",
      help: "Bytes of messages to clients, over the last ten seconds.",
    }),
    shedLevel: own({
      name: "metricast_shed_level",
      help: "How much metricast sheds of its own work: 0 nothing, 1 and 2 ticks, 3 all but last values.",
    }),
    alerts: own({ name: "metricast_alerts_active", help: "Alerts that fire, of all instances." }),
    usedBytes: own({
      name: "metricast_memory_used_bytes",
      unit: "bytes",
      help: "Memory taken of the budget.",
    }),
    limitBytes: own({ name: "metricast_memory_limit_bytes", unit: "bytes", help: "The memory budget." }),
  };
}

function own({ name, kind = "gauge", unit, help, labels }: Omit<Sample, "value">): OwnSample {
  return { name, kind, unit, help, labels, value: 0 };
}

function known(samples: readonly OwnSample[], valuesMs: readonly (number | undefined)[]): Sample[] {
  return samples.filter((sample, at) => {
    const ms = valuesMs[at];
    if (ms !== undefined) sample.value = ms / 1_000;
    return ms !== undefined;
  });
}
