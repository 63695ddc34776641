import type { EventsMessage, SubscribedItem, SubscribeItem } from "@metricast/protocol";
import { ReferenceTimeline } from "./reference-timeline.js";
import { ReferenceView } from "./reference-view.js";

/** What a client wants to watch, and what it knows of it; outlives connections. */
export type ReferenceWatch = MetricsWatch | EventsWatch;

type Wish = Omit<SubscribeItem, "position">;

/** A subscription to a channel of metrics. */
export class MetricsWatch {
  readonly kind = "metrics";
  readonly faults: string[] = [];
  readonly timeline: ReferenceTimeline;
  wish: Wish;
  view: ReferenceView | undefined;
  /** Told of every answer to a subscription, before anything of it comes. */
  onBegin: (item: SubscribedItem, position: string | undefined) => void = () => {};
  #base: string | undefined;
  #isForgotten = false;
  #stepTicks: number | undefined;

  constructor(wish: Wish) {
    this.wish = wish;
    this.timeline = new ReferenceTimeline((fault) => this.faults.push(fault));
  }

  /** Where to resume; undefined where it never began. */
  get position(): string | undefined {
    const tick = this.timeline.positionTick;
    const base = this.view?.base ?? this.#base;
    return this.#isForgotten || base === undefined || tick === undefined ? undefined : `${base}${tick}`;
  }

  /** The server's answer to a subscription with this position, or with none. */
  begin(item: SubscribedItem, position: string | undefined): void {
    const fault = (text: string) => this.faults.push(text);
    const { resume, history } = item;
    const headTick = tickOf(item.position);
    if ((position === undefined) !== (resume === undefined))
      fault("resume, where no position was given, or none");
    this.onBegin(item, position);
    this.#isForgotten = false;
    this.view = new ReferenceView(item, this.timeline, fault);
    if (resume === undefined || resume.outcome === "reset") {
      if (resume && resume.reason === undefined) fault("a reset without reason");
      this.timeline.restart(headTick);
      if (history) this.timeline.owe({ ...history, claimed: false, whole: false });
    } else this.#resume(item, tickOf(position ?? ""), headTick);
    this.#stepTicks = item.stepTicks;
  }

  /** Begins anew with the next subscription. */
  forget(): void {
    this.#isForgotten = true;
  }

  /** The connection is gone. */
  cut(): void {
    this.#base = this.view?.base ?? this.#base;
    this.view = undefined;
    this.timeline.cut();
  }

  #resume({ resume, history, stepTicks }: SubscribedItem, tick: number, headTick: number): void {
    const { timeline } = this;
    // Where only coarser points are left, what comes back begins with one of those.
    if (stepTicks !== this.#stepTicks || (history && history.from < tick)) timeline.isMixed = true;
    // What was due and is not announced again is made up by the history from the older position.
    timeline.due = [];
    if (history === undefined) {
      if (tick < headTick)
        this.faults.push(`${resume?.outcome} from ${tick} to ${headTick}, without history`);
      return;
    }
    if (history.from > tick || history.to !== headTick)
      this.faults.push(`history (${history.from}, ${history.to}] for (${tick}, ${headTick}]`);
    if (resume?.outcome === "complete" && history.step !== stepTicks)
      this.faults.push("complete, at a coarser step");
    if (
      resume?.outcome === "backfilled" &&
      String(resume.ranges) !== String([history.from, history.to, history.step])
    )
      this.faults.push(`backfilled ${resume.ranges}`);
    timeline.owe({ ...history, claimed: true, whole: false });
  }
}

/** A subscription to a channel of events. */
export class EventsWatch {
  readonly kind = "events";
  readonly faults: string[] = [];
  wish: Wish;
  view: number | undefined;
  position: string | undefined;
  /** In order; since the last reset. */
  readonly ids: string[] = [];
  /** Where what is held begins: the position of the last reset or join. */
  startPosition = "";
  /** Up to this position, events that are not held were declared lost. */
  lostThrough: string | undefined;
  readonly #seen = new Set<string>();

  constructor(wish: Wish) {
    this.wish = wish;
  }

  begin(item: SubscribedItem, position: string | undefined): void {
    this.view = item.view;
    if ((position === undefined) !== (item.resume === undefined)) this.faults.push("resume without position");
    const isNew = item.resume === undefined || item.resume.outcome === "reset";
    if (item.resume?.outcome === "backfilled") this.faults.push("events are never backfilled");
    if (isNew && item.resume?.reason !== "expired") {
      this.ids.length = 0;
      this.#seen.clear();
      this.startPosition = item.position;
      this.lostThrough = undefined;
    }
    if (position === undefined || isNew) this.position = item.position;
  }

  cut(): void {
    this.view = undefined;
  }

  take(message: EventsMessage): void {
    this.position = message.position;
    if (message.lost !== undefined) this.lostThrough = message.position;
    for (const { id } of message.items) {
      if (this.#seen.has(id)) this.faults.push(`the event ${id} came twice`);
      this.#seen.add(id);
      this.ids.push(id);
    }
  }
}

/** What follows the last dot of a position. */
export function tickOf(position: string): number {
  return Number(position.slice(position.lastIndexOf(".") + 1));
}
