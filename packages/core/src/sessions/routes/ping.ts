import type { PingMessage } from "@metricast/protocol";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";

export function ping(session: Session, message: PingMessage, hub: Hub): void {
  session.tell({ type: "pong", id: message.id, serverTimeMs: Math.round(hub.nowMs()) });
}
