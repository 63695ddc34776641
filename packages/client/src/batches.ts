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
  for (const member of members) {
    const item = itemOf(member);
    const last = batches.at(-1);
    const fits = last && last.items.length < maxItems && jsonBytes([...last.items, item]) <= maxBytes;
    if (!fits) batches.push({ items: [item], members: [member] });
    else {
      last.items.push(item);
      last.members.push(member);
    }
  }
  return batches;
}

/** Length of a value as JSON, in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
