import type { Batch, Columns, Series } from "../contracts/feed.js";
import { seriesState } from "../contracts/feed.js";
import { type Alert, type AlertState, alertId } from "./alert.js";
import type { CompiledRule } from "./compile-rules.js";
import type { Meter, Presence } from "./meter.js";
import { isBad } from "./threshold.js";

/** A rule and what it is judged by: a series, or all that the rule selects. */
export interface Watched {
  readonly id: string;
  readonly rule: CompiledRule;
  readonly series: Alert["series"];
  readonly meter: Meter;
  /** Since when it is otherwise than was told. */
  sinceMs: number | undefined;
  /** Whether it is to be judged at the next tick. */
  isDue: boolean;
}

/** A series that a rule selects. */
interface Tap {
  readonly watched: Watched;
  presence: Presence;
}

export interface ChannelWatchParts {
  readonly rules: readonly CompiledRule[];
  readonly intervalMs: number;
  /** Whose alerts these are, where each instance has its own. */
  readonly instance: string | undefined;
  /** Whether an alert was told and not resolved. */
  readonly isFiring: (id: string) => boolean;
  /** Whether telling is up to this instance. */
  readonly mayTell: () => boolean;
  readonly tell: (watched: Watched, state: AlertState, value: number | undefined, nowMs: number) => void;
  /** Whether one more series may be watched by one more rule. */
  readonly admit: () => boolean;
  readonly onFault: (rule: string, cause: unknown) => void;
}

/** How long a series is missing before its alert is resolved: whoever is started anew gives it again. */
export const goneMs = 15_000;

/**
 * The rules of one channel, judged at its ticks: by what changed, and by what waits for time to pass. Every instance
 * judges; what it holds for true becomes an alert where it is the one to tell.
 */
export class ChannelWatch {
  readonly #parts: ChannelWatchParts;
  readonly #byId = new Map<string, Watched>();
  /** What is to be judged at the next tick, whether anything changes or not. */
  #due: Watched[] = [];
  #columns: Columns | undefined;
  /** By index of the series, and only where a rule selects it. */
  #taps = new Map<number, readonly Tap[]>();
  #known = 0;

  constructor(parts: ChannelWatchParts) {
    this.#parts = parts;
    for (const rule of parts.rules) if (rule.isOfAll) this.#wake(this.#newWatched(rule, undefined));
  }

  knows(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Something was told of it, here or elsewhere. */
  wake(id: string): void {
    const watched = this.#byId.get(id);
    if (watched === undefined) return;
    watched.sinceMs = undefined;
    this.#wake(watched);
  }

  take({ columns, changed, tick }: Batch): void {
    const nowMs = tick * this.#parts.intervalMs;
    const isSame = columns === this.#columns;
    if (!isSame) this.#leaveColumns();
    this.#columns = columns;
    this.#admitNew(columns);
    if (isSame) for (const index of changed) this.#readAll(columns, index, nowMs);
    else for (const index of this.#taps.keys()) this.#readAll(columns, index, nowMs);
    const due = this.#due;
    this.#due = [];
    for (const watched of due) {
      watched.isDue = false;
      this.#judge(watched, nowMs);
    }
  }

  #wake(watched: Watched): void {
    if (watched.isDue) return;
    watched.isDue = true;
    this.#due.push(watched);
  }

  /** Other columns have other indexes: what is known by name stays. */
  #leaveColumns(): void {
    for (const taps of this.#taps.values())
      for (const { watched, presence } of taps) watched.meter.turn(presence, "absent");
    this.#taps = new Map();
    this.#known = 0;
  }

  #admitNew({ series }: Columns): void {
    for (; this.#known < series.length; this.#known += 1) {
      const one = series[this.#known];
      if (one === undefined) continue;
      const taps = this.#parts.rules
        .filter(({ select }) => select.matches(one.info))
        .flatMap((rule) => this.#watchedBy(rule, one) ?? [])
        .map((watched): Tap => ({ watched, presence: "absent" }));
      if (taps.length > 0) this.#taps.set(one.index, taps);
    }
  }

  #watchedBy(rule: CompiledRule, { info }: Series): Watched | undefined {
    const series = rule.isOfAll ? undefined : { name: info.name, labels: info.labels };
    const known = this.#byId.get(alertId(rule.name, series, this.#parts.instance));
    if (known !== undefined || !this.#parts.admit()) return known;
    return this.#newWatched(rule, series, info);
  }

  #newWatched(rule: CompiledRule, series: Alert["series"], info?: Series["info"]): Watched {
    const id = alertId(rule.name, series, this.#parts.instance);
    const watched: Watched = {
      id,
      rule,
      series,
      meter: rule.newMeter(info),
      sinceMs: undefined,
      isDue: false,
    };
    this.#byId.set(id, watched);
    return watched;
  }

  #readAll(columns: Columns, index: number, nowMs: number): void {
    const taps = this.#taps.get(index);
    const series = columns.series[index];
    if (taps === undefined || series === undefined) return;
    const presence = presenceOf(columns.states[index]);
    const buckets = bucketsOf(columns, series);
    const value = currentOf(columns, series, buckets);
    for (const tap of taps) {
      if (presence !== tap.presence) tap.watched.meter.turn(tap.presence, presence);
      tap.presence = presence;
      if (presence === "live") tap.watched.meter.take(value, nowMs, buckets);
      this.#wake(tap.watched);
    }
  }

  #judge(watched: Watched, nowMs: number): void {
    const { isFiring, mayTell, tell, onFault } = this.#parts;
    const { id, rule, meter } = watched;
    try {
      const measure = meter.read(nowMs);
      const was = isFiring(id);
      const is = measure === "unknown" ? was : isBad(rule.threshold, measure, was);
      if (measure === "unknown" || is === was) {
        watched.sinceMs = undefined;
        if (meter.isMoving(nowMs)) this.#wake(watched);
        return;
      }
      watched.sinceMs ??= nowMs;
      this.#wake(watched);
      if (nowMs - watched.sinceMs < waitOf(rule, measure, was) || !mayTell()) return;
      tell(watched, was ? "resolved" : "firing", measure, nowMs);
    } catch (cause) {
      onFault(rule.name, cause);
    }
  }
}

function waitOf({ forMs, clearForMs }: CompiledRule, measure: number | undefined, isFiring: boolean): number {
  if (!isFiring) return forMs;
  return measure === undefined ? Math.max(goneMs, clearForMs) : clearForMs;
}

function presenceOf(state: number | undefined): Presence {
  if (state === seriesState.live) return "live";
  return state === seriesState.stale ? "stale" : "absent";
}

/** Of a histogram all slots but the last, which is the sum. */
function bucketsOf({ values }: Columns, { slot, width }: Series): readonly number[] {
  return width === 1 ? [] : [...values.subarray(slot, slot + width - 1)];
}

/** Of a histogram its observations. */
function currentOf({ values }: Columns, { slot, width }: Series, buckets: readonly number[]): number {
  return width === 1 ? (values[slot] ?? Number.NaN) : buckets.reduce((sum, count) => sum + count, 0);
}
