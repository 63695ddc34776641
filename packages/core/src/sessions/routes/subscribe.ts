import type { SubscribedItem, SubscribeItem } from "@metricast/protocol";
import type { EventsChannel } from "../../channels/events-channel.js";
import type { MetricsChannel } from "../../channels/metrics-channel.js";
import { pickedSeries } from "../../channels/picked-series.js";
import type { SeriesChannel } from "../../channels/series-channel.js";
import { formatPosition, parsePosition } from "../../position.js";
import type { EventView } from "../../views/event-view.js";
import type { Codec } from "../../views/frames.js";
import type { View } from "../../views/view.js";
import { Cursor } from "../cursor.js";
import { EventCursor } from "../event-cursor.js";
import type { Hub } from "../hub.js";
import { boundsNotice } from "../merged-notice.js";
import { planJoin } from "../resume.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { refusingSelect } from "./refusing-select.js";
import { type Scopes, withScopes } from "./scopes.js";

type Wanted =
  | {
      readonly kind: "metrics";
      readonly item: SubscribeItem;
      readonly channel: SeriesChannel;
      readonly view: View;
    }
  | {
      readonly kind: "events";
      readonly item: SubscribeItem;
      readonly channel: EventsChannel;
      readonly view: EventView;
    };

/** Takes up every item or none. */
export async function subscribe(
  session: Session,
  message: { readonly id?: number; readonly items: readonly SubscribeItem[] },
  hub: Hub,
): Promise<void> {
  // What others told, an instance that has only begun does not know yet.
  if (message.items.some(({ position }) => position !== undefined)) await hub.begun();
  await withScopes(session, message.items, hub, (scopes) => {
    const wanted = planAll(session, message.items, scopes, hub);
    readNow(wanted.filter((want) => want.kind === "metrics"));
    // Sources are the host's: one may have closed everything.
    if (!session.isOpen) return;
    const items = wanted.map((want) => begin(session, want, hub));
    session.tell({ type: "subscribed", ...(message.id !== undefined && { id: message.id }), items });
    for (const want of wanted) if (want.kind === "metrics") tellBounds(session, want.view, want.channel);
    session.serve();
  });
}

function planAll(session: Session, items: readonly SubscribeItem[], scopes: Scopes, hub: Hub): Wanted[] {
  if (session.subscriptions.size + items.length > hub.options.maxSubscriptions) {
    throw new Refusal("limit", { field: "subscriptions" });
  }
  const taken = new Set(session.subscriptions.views);
  return items.map((item, index) => {
    const channel = hub.channels.get(item.channel);
    const scope = scopes.get(item.channel);
    if (!channel || !scope) throw new Refusal("forbidden", { field: "channel", item: index });
    const want = planOne(item, channel, scope, index, hub, session.codec);
    if (taken.has(want.view.number)) throw new Refusal("already_subscribed", { item: index });
    taken.add(want.view.number);
    return want;
  });
}

function planOne(
  item: SubscribeItem,
  channel: MetricsChannel | EventsChannel,
  scope: Readonly<Record<string, string>>,
  index: number,
  hub: Hub,
  codec: Codec,
): Wanted {
  if (channel.kind === "events") {
    // Events carry no labels: whoever is held to some may see none of them.
    if (Object.keys(scope).length > 0) throw new Refusal("forbidden", { field: "channel", item: index });
    const view = refusingSelect(index, () => hub.views.openEvents(channel, item.select));
    return { kind: "events", item, channel, view: withinLimit(view, index) };
  }
  const { merge = "cluster", instance } = item;
  const series = pickedSeries(channel, item, hub.instance);
  if (series === undefined) throw new Refusal("forbidden", { field: "instance", item: index });
  const other = series === channel ? undefined : instance;
  const stepTicks = channel.stepFor(item.everyMs);
  const wish = { scope, patterns: item.select, stepTicks, merge, instance: other, codec };
  const view = refusingSelect(index, () => hub.views.openMetrics(series, wish));
  return { kind: "metrics", item, channel: series, view: withinLimit(view, index) };
}

/** What somebody who begins to watch has to know of histograms that could not be merged. */
export function tellBounds(session: Session, view: View, channel: SeriesChannel): void {
  if (channel.boundsDiffer) session.tell({ ...boundsNotice, view: view.number });
}

export function withinLimit<V>(view: V | undefined, item: number): V {
  if (view === undefined) throw new Refusal("limit", { field: "views", item });
  return view;
}

function begin(session: Session, want: Wanted, hub: Hub): SubscribedItem {
  return want.kind === "metrics"
    ? beginMetrics(session, want.view, want.channel, want.item, hub)
    : beginEvents(session, want.view, want.channel, want.item, hub);
}

/**
 * Reads channels whose current tick has no batch yet, before anything is said of them: a batch may come at once. The
 * views count as watched meanwhile, or lazy sources would not be read.
 */
export function readNow(begun: readonly { readonly channel: SeriesChannel; readonly view: View }[]): void {
  for (const { view } of begun) view.watchers++;
  for (const channel of new Set(begun.map(({ channel }) => channel))) channel.readSoon();
  for (const { view } of begun) view.watchers--;
}

/** Puts a cursor on a view and says where it stands. */
export function beginMetrics(
  session: Session,
  view: View,
  channel: SeriesChannel,
  item: Omit<SubscribeItem, "channel">,
  hub: Hub,
): SubscribedItem {
  const { headTick } = view;
  const nowTick = Math.floor(hub.nowMs() / channel.intervalMs);
  const join = planJoin(channel, item, {
    headTick,
    nowTick,
    stepTicks: view.key.stepTicks,
    maxResumePoints: hub.options.maxResumePoints,
  });
  // The keyframe may have to wait for room, or for the first tick: what comes between is made up.
  const fromTick = headTick ?? nowTick;
  const cursor = new Cursor({ view, channel, pageBytes: hub.options.maxBlockBytes, session }, fromTick);
  const isAsked = join.resume === undefined || join.resume.outcome === "reset";
  if (join.owed) cursor.owe({ ...join.owed, ...(isAsked && { asked: true }) });
  session.subscriptions.add(cursor);
  const oldest = channel.oldestTick;
  const { instance = view.key.instance } = item;
  return {
    view: view.number,
    channel: channel.name,
    kind: "metrics",
    select: view.key.select,
    merge: view.key.merge,
    ...(instance !== undefined && { instance }),
    intervalMs: channel.intervalMs,
    stepTicks: view.key.stepTicks,
    position: formatPosition(channel.lineage ?? hub.epoch, fromTick),
    ...(join.resume && { resume: join.resume }),
    ...(join.owed && {
      history: { from: join.owed.fromTick, to: join.owed.toTick, step: join.owed.stepTicks },
    }),
    ...(oldest !== undefined && { oldest }),
  };
}

function beginEvents(
  session: Session,
  view: EventView,
  channel: EventsChannel,
  item: SubscribeItem,
  hub: Hub,
): SubscribedItem {
  const { place, resume } = eventStart(view, channel, item, hub);
  session.subscriptions.add(new EventCursor(view, place));
  return {
    view: view.number,
    channel: channel.name,
    kind: "events",
    select: view.select,
    merge: item.merge ?? "cluster",
    position: channel.positionAt(place),
    ...(resume && { resume }),
  };
}

/** The place after which events are given, and whether that leaves nothing out. */
function eventStart(
  view: EventView,
  channel: EventsChannel,
  item: SubscribeItem,
  hub: Hub,
): { place: number; resume?: SubscribedItem["resume"] } {
  const { log } = channel;
  const place = item.sinceMs === undefined ? log.head : log.placeBefore(hub.nowMs() - item.sinceMs);
  if (item.position === undefined) return { place };
  const position = parsePosition(item.position);
  if (!position) return { place, resume: { outcome: "reset", reason: "unknown_position" } };
  const found = channel.locate(position, (type) => view.matches(type));
  if (found === undefined) return { place, resume: { outcome: "reset", reason: "epoch_changed" } };
  if (found === "ahead") return { place, resume: { outcome: "reset", reason: "ahead" } };
  // What is left of the past is given all the same; `reset` says that some of it is gone.
  const resume = found.complete
    ? ({ outcome: "complete" } as const)
    : ({ outcome: "reset", reason: "expired" } as const);
  return { place: found.place, resume };
}
