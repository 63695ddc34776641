/** What the query of an address asks for, as the fields of a message; whether they make sense is for core to say. */

const numbers = ["everyMs", "points"] as const;
const words = ["merge", "instance"] as const;

/** Items of `subscribe`: one from plain parameters, or the list that `items` holds. */
export function subscribeItems(query: URLSearchParams, lastEventId: string | undefined): unknown {
  const list = query.get("items");
  if (list !== null) return parsed(list);
  const since = query.get("since");
  const position = lastEventId ?? query.get("position");
  return [
    {
      ...wishOf(query),
      ...(since !== null && { sinceMs: numberOf(since) }),
      ...(position !== null && position !== "" && { position }),
    },
  ];
}

/** Items of `query`. The range is `from` and `to`, or `since` before `to`, which is now where it is left out. */
export function queryItems(query: URLSearchParams, nowMs: number): unknown {
  const list = query.get("items");
  if (list !== null) return parsed(list);
  const to = numberOf(query.get("to") ?? String(Math.floor(nowMs)));
  const since = numberOf(query.get("since") ?? String(defaultSinceMs));
  const before = typeof to === "number" && typeof since === "number" ? Math.max(0, to - since) : since;
  return [{ ...wishOf(query), from: query.has("from") ? numberOf(query.get("from") ?? "") : before, to }];
}

/** Fields of `list`. */
export function listFields(query: URLSearchParams): object {
  const channel = query.get("channel");
  const from = query.get("from");
  return {
    ...(channel !== null && { channel }),
    ...selectOf(query),
    ...(from !== null && { from: numberOf(from) }),
  };
}

const defaultSinceMs = 900_000;

function wishOf(query: URLSearchParams): object {
  const given = [
    ...numbers
      .filter((name) => query.has(name))
      .map((name) => [name, numberOf(query.get(name) ?? "")] as const),
    ...words.filter((name) => query.has(name)).map((name) => [name, query.get(name)] as const),
  ];
  return { channel: query.get("channel") ?? "metrics", ...Object.fromEntries(given), ...selectOf(query) };
}

/** Given several times it is a list: a pattern may hold commas. */
function selectOf(query: URLSearchParams): object {
  return query.has("select") ? { select: query.getAll("select") } : {};
}

/** A number, or what stands there, which then is refused as none. */
function numberOf(text: string): number | string {
  const value = Number(text);
  return text.trim() === "" || !Number.isFinite(value) ? text : value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
