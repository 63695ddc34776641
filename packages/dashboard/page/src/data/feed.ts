import type {
  Columns,
  Gap,
  LatestValue,
  MetricastClient,
  SubscribeOptions,
  Subscription,
  SubscriptionEvents,
} from "@metricast/client";
import { signal } from "@preact/signals";
import { after, nowMs } from "../clock.js";
import type { Metric } from "./catalogue.js";
import { continued } from "./continued.js";
import { mergeOf } from "./merge-of.js";
import type { Wish } from "./query-desk.js";
import { seriesWidth } from "./series-width.js";
import { everyMsFor, maxRows, type Span } from "./time-window.js";

/** What a chart has to draw. */
export interface Shown {
  readonly columns: Columns;
  readonly gaps: readonly Gap[];
  readonly latest: ReadonlyMap<string, LatestValue>;
}

/** Whether all comes as it should, and why not. */
export interface Quality {
  readonly state: SubscriptionEvents["quality"]["state"];
  readonly reason: string;
}

export interface FeedState {
  /** `resting`: nobody looks at it. `waiting`: asked, and nothing came yet. `failed`: refused for good. */
  readonly name: "resting" | "waiting" | "loading" | "live" | "failed";
  readonly reason: string;
  /** Writers that the newest frame did not wait for. */
  readonly missing: readonly string[];
}

export interface FeedParts {
  readonly client: Pick<MetricastClient, "subscribe">;
  readonly queries: { want(wish: Wish): void };
  readonly metric: Metric;
  readonly select: readonly string[];
  /** Whose series; those of all instances as one where it is empty. */
  readonly instance: string;
  /** Called with the time of each frame. */
  readonly onFrame: (channel: string, timeMs: number) => void;
  /** Called with how well the server can serve this page. */
  readonly onQuality: (quality: Quality) => void;
}

/** What the range and the width of a chart come to. */
type Asked = Required<Pick<SubscribeOptions, "everyMs" | "sinceMs" | "points">>;

/** How long what was held stands before what is there so far is shown in its place. */
const settleMs = 1_500;
/** What is asked for anew is not asked for so soon again. */
const askAgainMs = 20_000;
/** When somebody is asked again who may know an instance by then. */
const refusedMs = 2_000;
const atRest: FeedState = { name: "resting", reason: "", missing: [] };

/** The points of one chart: live while it is looked at, of the past where that is asked for. */
export class Feed {
  /** Grows whenever there is something else to draw. */
  readonly changes = signal(0);
  readonly state = signal<FeedState>(atRest);
  readonly metric: Metric;
  readonly #parts: FeedParts;
  #subscription: Subscription | undefined;
  #wish = "";
  #options: Asked | undefined;
  #held: Shown | undefined;
  #past: { readonly span: Span; readonly columns: Columns } | undefined;
  #pastAsked = "";
  /** From when on what came so far is shown, also where more is to follow. */
  #settledAtMs = Infinity;
  #hasKeyframe = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.metric = parts.metric;
  }

  /** Watches, and asks for the past once more where the range or the step is another. */
  follow(rangeMs: number, points: number): void {
    const { metric } = this.#parts;
    const wish = `${rangeMs} ${points}`;
    if (this.#subscription && wish === this.#wish) return;
    const options = { everyMs: everyMsFor(rangeMs, metric.intervalMs), sinceMs: rangeMs, points };
    this.#unsettle();
    this.#wish = wish;
    this.#options = options;
    if (this.#subscription) return this.#subscription.update(options);
    this.#subscribe(options);
  }

  /** Back to what is live. */
  lookAhead(): void {
    if (!this.#past && this.#pastAsked === "") return;
    this.#past = undefined;
    this.#pastAsked = "";
    this.changes.value++;
  }

  /** Asks for a range of the past; until it is there, what is held of it is shown. */
  lookBack(span: Span, points: number): void {
    const asked = `${span.fromMs} ${span.toMs} ${points}`;
    if (asked === this.#pastAsked) return;
    this.#pastAsked = asked;
    const { metric, select, instance, queries } = this.#parts;
    const { channel } = metric;
    const [from, to] = [Math.max(0, Math.floor(span.fromMs)), Math.max(1, Math.ceil(span.toMs))];
    queries.want({
      options: { channel, select, ...mergeOf(instance), from, to, points },
      width: seriesWidth(metric),
      done: (columns) => {
        if (asked !== this.#pastAsked) return;
        this.#past = { span, columns };
        this.#become({ name: "live" });
        this.changes.value++;
      },
      failed: () => {
        if (asked === this.#pastAsked)
          this.#become({ name: "failed", reason: "too many series for this range" });
      },
    });
  }

  /** Nobody looks: nothing is asked for, what is there is kept for the next look. */
  rest(): void {
    this.#past = undefined;
    this.#held = this.shown({ fromMs: 0, toMs: 0 });
    this.#subscription?.close();
    this.#subscription = undefined;
    this.#pastAsked = "";
    this.#wish = "";
    this.#become(atRest);
  }

  /** Gives up what is kept. */
  forget(): void {
    this.rest();
    this.#held = undefined;
  }

  /** Why a series' newest value is old, if one is. */
  staleCause(): string | undefined {
    for (const { stale } of this.#subscription?.series.latest().values() ?? []) if (stale) return stale;
    return undefined;
  }

  /** Whether it is watched and there is no such series now. */
  isAbsent(): boolean {
    return this.#hasKeyframe && this.#subscription?.series.latest().size === 0;
  }

  get isResting(): boolean {
    return this.#subscription === undefined;
  }

  /** What there is to draw of a span. */
  shown({ fromMs }: Span): Shown | undefined {
    const live = this.#latestShown();
    if (this.#past)
      return { columns: this.#past.columns, gaps: live?.gaps ?? [], latest: live?.latest ?? new Map() };
    if (!live) return this.#held;
    const isSettled = this.#isSettled(live);
    if (!isSettled && this.#held?.columns.times.length) return { ...this.#held, latest: live.latest };
    if (isSettled) this.#askAnewWhereFull(live.columns, fromMs);
    const columns = continued(this.#held?.columns, live.columns, fromMs);
    if (columns === live.columns) return live;
    const [firstMs = 0] = live.columns.times;
    const older = this.#held?.gaps.filter((gap) => gap.fromMs < firstMs) ?? [];
    return { ...live, columns, gaps: [...older, ...live.gaps] };
  }

  #isSettled(live: Shown): boolean {
    if (nowMs() >= this.#settledAtMs) return true;
    return (
      this.#hasKeyframe &&
      live.columns.times.length > 0 &&
      !live.gaps.some(({ reason }) => reason === "pending")
    );
  }

  /** Where raw points filled the store before they filled the range, fewer of each time are asked for. */
  #askAnewWhereFull({ times }: Columns, fromMs: number): void {
    const [firstMs = 0] = times;
    const isFull = times.length >= maxRows && firstMs > fromMs + this.#parts.metric.intervalMs * 2;
    if (!isFull || nowMs() < this.#settledAtMs + askAgainMs || !this.#options) return;
    const { sinceMs } = this.#options;
    // Not where more is looked at than was asked for.
    if (fromMs < firstMs - sinceMs) return;
    this.#settledAtMs = nowMs();
    this.#unsettle();
    this.#subscription?.update(this.#options);
  }

  #latestShown(): Shown | undefined {
    const series = this.#subscription?.series;
    return series && { columns: series.columns(), gaps: series.gaps, latest: series.latest() };
  }

  /** What is on the screen stays there until the answer is complete. */
  #unsettle(): void {
    this.#held = this.#subscription ? this.shown({ fromMs: 0, toMs: 0 }) : this.#held;
    this.#hasKeyframe = false;
    this.#settledAtMs = nowMs() + settleMs;
    after(settleMs, () => this.changes.value++);
    this.#become({ name: "waiting" });
  }

  #subscribe(options: Asked): void {
    const { client, metric, select, instance } = this.#parts;
    const { channel } = metric;
    this.#subscription = client.subscribe({ channel, select, ...mergeOf(instance), ...options });
    this.#listen(this.#subscription);
  }

  #listen(subscription: Subscription): void {
    const { metric, onFrame, onQuality } = this.#parts;
    subscription.on("frame", ({ timeMs, isKeyframe, missing }) => {
      this.#hasKeyframe ||= isKeyframe;
      onFrame(metric.channel, timeMs);
      const pending = subscription.series.gaps.some(({ reason }) => reason === "pending");
      this.#become({ name: pending ? "loading" : "live", missing });
    });
    subscription.on("update", () => {
      this.changes.value++;
    });
    subscription.on("quality", ({ state, reason = "" }) => onQuality({ state, reason }));
    subscription.on("error", ({ code, temporary }) => {
      if (!temporary) this.#refused(subscription, code);
    });
  }

  /** A server that was just started has not heard of the other instances yet. */
  #refused(subscription: Subscription, code: string): void {
    const ofInstance = this.#parts.instance !== "";
    this.#become({ name: "failed", reason: ofInstance ? "the server does not know this instance" : code });
    if (!ofInstance) return;
    after(refusedMs, () => {
      if (this.#subscription !== subscription || !this.#options) return;
      subscription.close();
      this.#subscribe(this.#options);
    });
  }

  #become(change: Partial<FeedState>): void {
    const before = this.state.peek();
    const next = { ...before, ...change };
    const isSame = Object.keys(next).every((key) =>
      sameField(Reflect.get(next, key), Reflect.get(before, key)),
    );
    if (!isSame) this.state.value = next;
  }
}

function sameField(a: unknown, b: unknown): boolean {
  return a === b || (Array.isArray(a) && Array.isArray(b) && a.join() === b.join());
}
