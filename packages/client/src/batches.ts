export interface Batch<Item, Member> {
  readonly items: readonly Item[];
  readonly members: readonly Member[];
}

/** Of one message, as the protocol has it. */
export const maxItems = 128;

/** Lists of items that each fit into one message. */
export function batchesOf<Item, Member>(
  members: readonly Member[],
  itemOf: (member: Member) => Item,
  maxBytes: number,
): Batch<Item, Member>[] {
  const batches: { items: Item[]; members: Member[] }[] = [];
  let left = 0;
  for (const member of members) {
    const item = itemOf(member);
    const bytes = utf8Bytes(JSON.stringify(item)) + 1;
    left -= bytes;
    let last = batches.at(-1);
    if (!last || left < 0 || last.items.length === maxItems) {
      last = { items: [], members: [] };
      batches.push(last);
      left = maxBytes - bytes;
    }
    last.items.push(item);
    last.members.push(member);
  }
  return batches;
}

export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
