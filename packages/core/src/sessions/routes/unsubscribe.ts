import type { UnsubscribeMessage } from "@metricast/protocol";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";

export function unsubscribe(session: Session, message: UnsubscribeMessage, hub: Hub): void {
  message.views.forEach((view, item) => {
    if (!session.subscriptions.has(view)) throw new Refusal("not_subscribed", { field: "views", item });
  });
  for (const view of message.views) {
    session.subscriptions.get(view)?.leave(hub.monotonicMs());
    session.subscriptions.delete(view);
  }
  session.tell({ type: "unsubscribed", id: message.id, views: message.views });
}
