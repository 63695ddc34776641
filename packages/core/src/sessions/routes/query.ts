import { encodeBlock, type QueryMessage, slotCount } from "@metricast/protocol";
import { pickedSeries } from "../../channels/picked-series.js";
import { planQuery } from "../../query-history.js";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { refusingSelect } from "./refusing-select.js";
import { type Scopes, withScopes } from "./scopes.js";

/** Points times slots that one answer may hold: about a megabyte of JSON. */
const maxCells = 50_000;

/** Answers with one block per item. */
export function query(session: Session, message: QueryMessage, hub: Hub): Promise<void> {
  return withScopes(session, message.items, hub, (scopes) => answer(session, message, scopes, hub));
}

function answer(session: Session, message: QueryMessage, scopes: Scopes, hub: Hub): void {
  if (!session.takesLargeReply) throw new Refusal("unavailable");
  let cells = 0;
  const plans = message.items.map((item, index) => {
    const channel = hub.channels.get(item.channel);
    const scope = scopes.get(item.channel);
    if (channel?.kind !== "metrics" || !scope)
      throw new Refusal("forbidden", { field: "channel", item: index });
    if (item.to < item.from) throw new Refusal("invalid_message", { field: "to", item: index });
    const asked = pickedSeries(channel, item, hub.instance);
    if (asked === undefined) throw new Refusal("forbidden", { field: "instance", item: index });
    const plan = refusingSelect(index, () => planQuery(asked, item, scope));
    const slots = plan.series.reduce((sum, { info }) => sum + slotCount(info), 0);
    cells += (slots * (plan.toTick - plan.fromTick)) / plan.stepTicks;
    if (cells > maxCells) throw new Refusal("too_large", { item: index });
    return { channel: asked, plan };
  });
  const items = plans.map(({ channel, plan }) => ({
    channel: channel.name,
    intervalMs: channel.intervalMs,
    ...encodeBlock(channel.history.query(plan), () => undefined),
  }));
  session.tell({ type: "result", id: message.id, items });
}
