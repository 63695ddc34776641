import { closeCodes } from "@metricast/protocol";
import { Cursor } from "./cursor.js";
import type { Hub } from "./hub.js";
import type { Session } from "./session.js";
import type { Subscription } from "./subscription.js";

type Scope = Readonly<Record<string, string>>;

/**
 * Asks again for what a session watches. Where it may no longer, or would be shown something else, it is sent away to
 * come back: what it may watch by then is decided as for anybody who comes. Never rejects.
 */
export async function recheck(session: Session, { authorize }: Pick<Hub, "authorize">): Promise<void> {
  const { identity } = session;
  if (!session.isOpen || !identity) return;
  const channels = new Set([...session.subscriptions].map(({ channel }) => channel));
  const ask = async (channel: string) => [channel, await authorize(identity, channel)] as const;
  const answers = new Map(await Promise.all([...channels].map(ask)));
  // Who was renewed meanwhile was asked about anew.
  if (!session.isOpen || session.identity !== identity) return;
  for (const subscription of session.subscriptions) {
    const { channel } = subscription;
    // What it began to watch meanwhile was allowed then.
    if (!answers.has(channel) || isSame(scopeOf(subscription), answers.get(channel))) continue;
    return session.end(closeCodes.authExpired, 0);
  }
}

/** Events have no labels: they are watched without a scope, or not at all. */
function scopeOf(subscription: Subscription): Scope {
  return subscription instanceof Cursor ? subscription.watched.key.scope : {};
}

function isSame(scope: Scope, now: Scope | undefined): boolean {
  if (now === undefined) return false;
  const labels = Object.keys(scope);
  const isSize = labels.length === Object.keys(now).length;
  return isSize && labels.every((label) => Object.hasOwn(now, label) && now[label] === scope[label]);
}
