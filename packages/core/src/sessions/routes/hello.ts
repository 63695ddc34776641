import { closeCodes, type HelloMessage } from "@metricast/protocol";
import type { Hub } from "../hub.js";
import { recheck } from "../recheck.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { subscribe } from "./subscribe.js";
import { welcome } from "./welcome.js";

const version = 1;

/** Authenticates a session that the handshake did not, and may take up subscriptions in the same breath. */
export async function hello(session: Session, message: HelloMessage, hub: Hub): Promise<void> {
  const { greeted } = session;
  if (greeted && message.token === undefined) {
    session.end(closeCodes.badMessage);
    return;
  }
  session.greeted = true;
  const id = message.id === undefined ? {} : { id: message.id };
  if ((message.version ?? version) !== version) {
    session.tell({ type: "error", ...id, code: "unsupported_version", temporary: false, field: "version" });
    session.end(closeCodes.unsupportedVersion);
    return;
  }
  if (greeted) return renew(session, message, hub);
  if (!session.identity && !authenticate(session, message.token, hub)) {
    session.tell({ type: "error", ...id, code: "unauthenticated", temporary: false, field: "token" });
    session.end(closeCodes.unauthenticated);
    return;
  }
  welcome(session, hub, message.id);
  if (message.resume) await resume(session, message, hub);
}

function authenticate(session: Session, token: string | undefined, hub: Hub): boolean {
  const identity = token === undefined ? undefined : hub.verifyToken(token);
  if (!identity) return false;
  session.identity = identity;
  return true;
}

/** Goes on as who it is, with what the new token says of how long and of what. */
async function renew(session: Session, { id, token, resume }: HelloMessage, hub: Hub): Promise<void> {
  if (resume) throw new Refusal("invalid_message", { field: "resume" });
  const identity = token === undefined ? undefined : hub.verifyToken(token);
  if (!identity) throw new Refusal("unauthenticated", { field: "token" });
  if (identity.id !== session.identity?.id) throw new Refusal("forbidden", { field: "token" });
  session.identity = identity;
  welcome(session, hub, id);
  await recheck(session, hub);
}

async function resume(session: Session, { id, resume: items = [] }: HelloMessage, hub: Hub): Promise<void> {
  if (items.length === 0) throw new Refusal("invalid_message", { field: "resume" });
  await subscribe(session, { ...(id !== undefined && { id }), items }, hub);
}
