import type { Store } from "../contracts/store.js";
import type { Tickets } from "./ticket.js";

const leastLength = 16;
const mostLength = 512;

/**
 * Where no secret is configured, the store keeps one for all instances: the one that was there first, else this one's.
 * Rejects where the store is away.
 */
export async function shareSecret(store: Pick<Store, "keep">, tickets: Tickets): Promise<void> {
  const { drawn } = tickets;
  if (drawn === undefined || store.keep === undefined) return;
  const kept = await store.keep("secret", drawn);
  if (kept.length < leastLength || kept.length > mostLength)
    throw new RangeError("what the store keeps as a secret is none");
  tickets.adopt(kept);
}
