import type { Batch } from "../contracts/feed.js";
import type { EventLog } from "../feed/event-log.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import { type Alert, type AlertState, readAlert } from "./alert.js";
import { ChannelWatch, goneMs, type Watched } from "./channel-watch.js";
import type { CompiledRule } from "./compile-rules.js";

export interface AlertsParts {
  readonly rules: readonly CompiledRule[];
  readonly instance: string;
  readonly maxActive: number;
  readonly intervalOf: (channel: string) => number;
  /** What was told, by all instances. */
  readonly log: Pick<EventLog, "head" | "since">;
  /** Adds an event to the log, for all. Throws where the log does not take it. */
  readonly publish: (state: AlertState, alert: Alert) => void;
  /** Whether it is this instance that tells what is of all. */
  readonly isFirst: () => boolean;
  /** Whether what was told before is known here. */
  readonly knowsPast: () => boolean;
  /** Whether there may be others. */
  readonly isShared: boolean;
  /** Whether an instance of a name is alive. */
  readonly isLive: (instance: string) => boolean;
  /** This instance told it: once for each. */
  readonly onAlert: (alert: Alert) => void;
  readonly report: Report;
  readonly stats: Pick<Stats, "alertsFired" | "alertsResolved" | "alertsDropped">;
}

/** Pairs of a rule and a series: what is held of each takes some 300 bytes. */
const maxWatched = 100_000;
const sweepMs = 5_000;
/** Until then whoever has just begun has not heard what others measure: it would tell that all is well, and then that it is not. */
const settleMs = 5_000;

/**
 * Alerts of all instances. What is active is what the channel's events say, whoever told it: so whoever tells next, after
 * a failure or a restart, goes on from there, and nothing is told twice.
 */
export class Alerts {
  readonly #parts: AlertsParts;
  readonly #watches: ReadonlyMap<string, ChannelWatch>;
  readonly #active = new Map<string, Alert>();
  /** Active ones that nobody judges any more, and since when. */
  readonly #orphans = new Map<string, number>();
  #place = 0;
  #watched = 0;
  /** Of the first tick of this instance, and of the newest. */
  #begunMs = Number.POSITIVE_INFINITY;
  #nowMs = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(parts: AlertsParts) {
    this.#parts = parts;
    const groups = groupsOf(parts.rules);
    this.#watches = new Map([...groups].map(([place, rules]) => [place, this.#newWatch(rules)]));
  }

  /** What fires now, the oldest first. */
  get active(): readonly Alert[] {
    return [...this.#active.values()];
  }

  /** A channel has a new tick: of this instance, or of all. */
  take(batch: Batch, merge: "cluster" | "instance"): void {
    const nowMs = batch.tick * this.#parts.intervalOf(batch.channel);
    // Those of all may be of the past, while it is caught up with.
    if (merge === "instance") {
      this.#begunMs = Math.min(this.#begunMs, nowMs);
      this.#nowMs = nowMs;
    }
    this.#watches.get(placeOf({ channel: batch.channel, merge }))?.take(batch);
    if (this.#active.size > 0) this.#sweep(nowMs);
  }

  /** There are new events. */
  heard(): void {
    const { log, maxActive } = this.#parts;
    const { events } = log.since(this.#place, isAlertType);
    this.#place = log.head;
    for (const { type, data } of events) {
      const alert = readAlert(type, data);
      if (alert === undefined) continue;
      if (alert.state === "resolved") this.#active.delete(alert.id);
      else if (this.#active.size < maxActive) this.#active.set(alert.id, alert);
      this.#orphans.delete(alert.id);
      for (const watch of this.#watches.values()) watch.wake(alert.id);
    }
  }

  #newWatch(rules: readonly CompiledRule[]): ChannelWatch {
    const { instance, intervalOf, knowsPast, report } = this.#parts;
    const [{ channel, merge } = { channel: "", merge: "instance" }] = rules;
    const isOwn = merge === "instance";
    return new ChannelWatch({
      rules,
      intervalMs: intervalOf(channel),
      instance: isOwn ? instance : undefined,
      isFiring: (id) => this.#active.has(id),
      mayTell: () => (isOwn ? knowsPast() : this.#leads(intervalOf(channel))),
      tell: (watched, state, value, nowMs) => this.#tell(watched, state, value, nowMs),
      admit: () => this.#admit(),
      onFault: (rule, cause) => report("error", "MC_INTERNAL", { key: `alert ${rule}` }, cause),
    });
  }

  #leads(intervalMs: number): boolean {
    const { isFirst, knowsPast, isShared } = this.#parts;
    const longestMs = isShared ? Math.max(settleMs, 2 * intervalMs) : 0;
    return this.#nowMs - this.#begunMs >= longestMs && isFirst() && knowsPast();
  }

  #tell({ id, rule, series }: Watched, state: AlertState, measure: number | undefined, nowMs: number): void {
    const { instance } = this.#parts;
    const value = measure !== undefined && Number.isFinite(measure) ? measure : null;
    const before = this.#active.get(id);
    if (before !== undefined) this.#say({ ...before, state, value, endMs: nowMs });
    else
      this.#say({
        id,
        rule: rule.name,
        state,
        severity: rule.severity,
        labels: rule.labels,
        ...(rule.summary !== undefined && { summary: rule.summary }),
        channel: rule.channel,
        ...(series && { series }),
        ...(rule.merge === "instance" && { instance }),
        value,
        sinceMs: nowMs,
      });
  }

  #say(alert: Alert): void {
    const { publish, onAlert, stats, maxActive, report } = this.#parts;
    const isNew = alert.state === "firing";
    if (isNew && this.#active.size >= maxActive) {
      stats.alertsDropped += 1;
      report("warning", "MC_ALERT_LIMIT", { key: "maxActiveAlerts", limit: maxActive, rule: alert.rule });
      return;
    }
    publish(alert.state, alert);
    this.heard();
    if (isNew) stats.alertsFired += 1;
    else stats.alertsResolved += 1;
    onAlert(alert);
  }

  /** Alerts of rules and instances that are no more are resolved by who comes first. */
  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < sweepMs) return;
    this.#sweptMs = nowMs;
    for (const alert of this.active) {
      if (!this.#isOrphan(alert)) {
        this.#orphans.delete(alert.id);
        continue;
      }
      const sinceMs = this.#orphans.get(alert.id) ?? nowMs;
      this.#orphans.set(alert.id, sinceMs);
      if (nowMs - sinceMs >= goneMs) this.#say({ ...alert, state: "resolved", value: null, endMs: nowMs });
    }
  }

  #isOrphan({ id, instance }: Alert): boolean {
    const { instance: own, isLive } = this.#parts;
    if (instance !== undefined && instance !== own) return this.#leads(0) && !isLive(instance);
    if (instance === undefined && !this.#leads(0)) return false;
    return ![...this.#watches.values()].some((watch) => watch.knows(id));
  }

  #admit(): boolean {
    if (this.#watched < maxWatched) {
      this.#watched += 1;
      return true;
    }
    this.#parts.report("warning", "MC_ALERT_LIMIT", { key: "watched", limit: maxWatched });
    return false;
  }
}

function placeOf({ channel, merge }: Pick<CompiledRule, "channel" | "merge">): string {
  return `${merge} ${channel}`;
}

function isAlertType(type: string): boolean {
  return type === "firing" || type === "resolved";
}

function groupsOf(rules: readonly CompiledRule[]): Map<string, CompiledRule[]> {
  const groups = new Map<string, CompiledRule[]>();
  for (const rule of rules) {
    const place = placeOf(rule);
    groups.set(place, [...(groups.get(place) ?? []), rule]);
  }
  return groups;
}
