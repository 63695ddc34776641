import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";

/** The label scope of each channel that is named and allowed. Channels that do not exist are not asked for. */
export async function scopesOf(
  session: Session,
  items: readonly { readonly channel: string }[],
  hub: Hub,
): Promise<Map<string, Readonly<Record<string, string>>>> {
  const { identity } = session;
  if (!identity) throw new Refusal("unauthenticated");
  const allowed = new Map<string, Readonly<Record<string, string>>>();
  const ask = async (name: string) => {
    const scope = await hub.authorize(identity, name);
    if (scope) allowed.set(name, scope);
  };
  const names = new Set(items.map(({ channel }) => channel).filter((name) => hub.channels.has(name)));
  await Promise.all([...names].map(ask));
  return allowed;
}
