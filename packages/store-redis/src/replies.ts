/** What Redis answers, read as distrustfully as a client's messages: what has not the expected shape is left out. */

export interface StreamEntry {
  readonly tick: number;
  readonly record: Uint8Array;
}

/** The one field of each entry; its name does not matter. */
export function entriesOf(reply: unknown): StreamEntry[] {
  return listOf(reply).flatMap((entry) => {
    const [id, fields] = listOf(entry);
    const record = listOf(fields)[1];
    const tick = tickOf(textOf(id));
    return tick === undefined || !(record instanceof Uint8Array) ? [] : [{ tick, record }];
  });
}

/** Of XREAD: entries by key. */
export function streamsOf(reply: unknown): [key: string, entries: unknown][] {
  return listOf(reply).map((stream) => {
    const [key, entries] = listOf(stream);
    return [textOf(key), entries];
  });
}

/** Name and value of the first field of each entry. */
export function fieldsOf(reply: unknown): [name: string, value: string][] {
  return listOf(reply).map((entry) => {
    const [name, value] = listOf(listOf(entry)[1]);
    return [textOf(name), textOf(value)];
  });
}

/** The id of the newest entry, whatever is in it. */
export function lastIdOf(entries: unknown): string | undefined {
  const [id] = listOf(listOf(entries).at(-1));
  const text = textOf(id);
  return /^\d{1,16}-\d{1,16}$/.test(text) ? text : undefined;
}

/** Of ZRANGE … WITHSCORES. */
export function scoredOf(reply: unknown): [member: string, score: number][] {
  const flat = listOf(reply);
  const pairs: [string, number][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2)
    pairs.push([textOf(flat[at]), Number(textOf(flat[at + 1]))]);
  return pairs;
}

/** Of TIME, in milliseconds: nothing, or a list in its place, would be zero as a number. */
export function timeOf(reply: unknown): number | undefined {
  const parts = listOf(reply).map((part) => (typeof part === "number" ? `${part}` : textOf(part)));
  const [, seconds, micros] = /^(\d{1,12}) (\d{1,6})$/.exec(parts.join(" ")) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000 + Number(micros) / 1_000;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Buffer.isBuffer(value) ? value.toString() : "";
}

function tickOf(id: string): number | undefined {
  const [, digits = ""] = /^(\d{1,16})-0$/.exec(id) ?? [];
  const tick = Number(digits);
  return digits !== "" && Number.isSafeInteger(tick) ? tick : undefined;
}
