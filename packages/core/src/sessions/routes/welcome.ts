import type { Hub } from "../hub.js";
import type { Session } from "../session.js";

/** Tells an authenticated client where it is; the answer to `hello`, or unasked where the handshake was enough. */
export function welcome(session: Session, hub: Hub, id?: number): void {
  const { expiresMs } = session.identity ?? {};
  session.tell({
    type: "welcome",
    ...(id !== undefined && { id }),
    version: 1,
    session: session.id,
    instance: hub.instance,
    serverTimeMs: Math.round(hub.nowMs()),
    ...(expiresMs !== undefined && { expiresMs }),
    heartbeatMs: hub.options.heartbeatMs,
    limits: {
      maxMessageBytes: hub.options.maxMessageBytes,
      maxSubscriptions: hub.options.maxSubscriptions,
      messagesPerMinute: hub.options.messagesPerMinute,
    },
  });
}
