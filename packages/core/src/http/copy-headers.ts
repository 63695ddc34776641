/**
 * The headers of a request of node:http by their names in lower case, repeated ones joined by a comma. From `rawHeaders`, as
 * `headers` drops some that must be seen: a second `Host`, a second `Origin`.
 */
export function copyHeaders(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    const value = rawHeaders[at + 1] ?? "";
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
