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
  const names = [...new Set(items.map(({ channel }) => channel))].filter((name) => hub.channels.has(name));
  const scopes = await Promise.all(names.map((name) => hub.authorize(identity, name)));
  const allowed = new Map<string, Readonly<Record<string, string>>>();
  names.forEach((name, index) => {
    const scope = scopes[index];
    if (scope) allowed.set(name, scope);
  });
  return allowed;
}
