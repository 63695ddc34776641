import type { Identity } from "../../contracts/identity.js";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";

export type Scopes = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * Answers once it is known what of these channels the session may watch, in one turn whose time is counted; does nothing
 * where it is gone by then.
 */
export async function withScopes(
  session: Session,
  items: readonly { readonly channel: string }[],
  hub: Hub,
  answer: (scopes: Scopes) => void,
): Promise<void> {
  const { identity } = session;
  if (!identity) throw new Refusal("unauthenticated");
  const scopes = await scopesOf(identity, items, hub);
  // Renewed meanwhile: what was allowed was allowed to another.
  if (session.identity !== identity) throw new Refusal("unavailable");
  if (session.isOpen) hub.cost.measure(() => answer(scopes));
}

/** The label scope of each channel that is named and allowed. Channels that do not exist are not asked for. */
async function scopesOf(
  identity: Identity,
  items: readonly { readonly channel: string }[],
  hub: Hub,
): Promise<Scopes> {
  const allowed = new Map<string, Readonly<Record<string, string>>>();
  const ask = async (name: string) => {
    const scope = await hub.authorize(identity, name);
    if (scope) allowed.set(name, scope);
  };
  const names = new Set(items.map(({ channel }) => channel).filter((name) => hub.channels.has(name)));
  await Promise.all([...names].map(ask));
  return allowed;
}
