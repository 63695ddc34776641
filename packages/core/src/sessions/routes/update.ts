import type { SubscribedItem, UpdateItem, UpdateMessage } from "@metricast/protocol";
import { pickedSeries } from "../../channels/picked-series.js";
import type { SeriesChannel } from "../../channels/series-channel.js";
import type { View } from "../../views/view.js";
import { Cursor } from "../cursor.js";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { refusingSelect } from "./refusing-select.js";
import { type Scopes, withScopes } from "./scopes.js";
import { beginMetrics, readNow, tellBounds, withinLimit } from "./subscribe.js";

interface Change {
  readonly item: UpdateItem;
  readonly from: Cursor;
  readonly to: View;
  readonly channel: SeriesChannel;
}

/** Moves subscriptions to other views: another selection or step, the same channel. */
export async function update(session: Session, message: UpdateMessage, hub: Hub): Promise<void> {
  const current = message.items.map((item, index) => cursorOf(session, item, index));
  await withScopes(session, current, hub, (scopes) => {
    const changes = planAll(session, message, scopes, hub);
    readNow(changes.map(({ channel, to }) => ({ channel, view: to })));
    // Sources are the host's: one may have closed everything.
    if (!session.isOpen) return;
    const items = changes.map((change) => apply(session, change, hub));
    session.tell({ type: "subscribed", id: message.id, items });
    for (const { to, channel } of changes) tellBounds(session, to, channel);
    session.serve();
  });
}

function cursorOf(session: Session, item: UpdateItem, index: number): Cursor {
  const subscription = session.subscriptions.get(item.view);
  if (!(subscription instanceof Cursor)) throw new Refusal("not_subscribed", { field: "view", item: index });
  return subscription;
}

function planAll(session: Session, { items }: UpdateMessage, scopes: Scopes, hub: Hub): Change[] {
  const left = new Set<number>();
  const taken = new Set(session.subscriptions.views);
  return items.map((item, index) => {
    if (left.has(item.view)) throw new Refusal("invalid_message", { field: "view", item: index });
    left.add(item.view);
    const change = plan(session, item, index, scopes, hub);
    const { from, to } = change;
    if (to !== from.watched && taken.has(to.number)) throw new Refusal("already_subscribed", { item: index });
    taken.add(to.number);
    return change;
  });
}

function plan(session: Session, item: UpdateItem, index: number, scopes: Scopes, hub: Hub): Change {
  const from = cursorOf(session, item, index);
  const { key } = from.watched;
  const own = hub.channels.get(key.channel);
  const scope = scopes.get(key.channel);
  if (own?.kind !== "metrics" || !scope) throw new Refusal("forbidden", { field: "channel", item: index });
  const channel = pickedSeries(own, key, hub.instance);
  if (channel === undefined) throw new Refusal("forbidden", { field: "instance", item: index });
  const stepTicks = item.everyMs === undefined ? key.stepTicks : channel.stepFor(item.everyMs);
  const wish = { ...key, scope, patterns: item.select ?? key.select, stepTicks };
  const to = withinLimit(
    refusingSelect(index, () => hub.views.openMetrics(channel, wish)),
    index,
  );
  return { item, from, to, channel };
}

function apply(session: Session, { item, from, to, channel }: Change, hub: Hub): SubscribedItem {
  session.subscriptions.delete(from.view);
  from.leave(hub.monotonicMs());
  return beginMetrics(session, to, channel, item, hub);
}
