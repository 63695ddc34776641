import type { Identity } from "../contracts/identity.js";

const maxIdLength = 1_000;
const maxScopeLabels = 16;
const maxLabelLength = 1_000;

/** A copy of what a hook or a ticket gave as an identity; undefined where it is none. Reads each member once. */
export function checkIdentity(value: unknown): Identity | undefined {
  try {
    return copyIdentity(value);
  } catch {
    // A getter or a proxy of the host's.
    return undefined;
  }
}

function copyIdentity(value: unknown): Identity | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const id: unknown = Reflect.get(value, "id");
  if (typeof id !== "string" || id === "" || id.length > maxIdLength) return undefined;
  const scope = copyScope(Reflect.get(value, "scope"));
  const expiresMs: unknown = Reflect.get(value, "expiresMs") ?? undefined;
  if (scope === null) return undefined;
  if (expiresMs !== undefined && !(typeof expiresMs === "number" && Number.isFinite(expiresMs)))
    return undefined;
  return {
    id,
    ...(scope === undefined ? {} : { scope }),
    ...(expiresMs === undefined ? {} : { expiresMs }),
  };
}

/** null: malformed. A scope that is not understood must never widen to none. */
function copyScope(value: unknown): Readonly<Record<string, string>> | undefined | null {
  if (value === undefined) return undefined;
  if (!isPlainObject(value)) return null;
  const entries: [string, string][] = [];
  for (const [label, text] of Object.entries(value)) {
    const wrong = typeof text !== "string" || label === "" || label.length + text.length > maxLabelLength;
    if (wrong || entries.length === maxScopeLabels) return null;
    entries.push([label, text]);
  }
  return Object.fromEntries(entries);
}

/** A Map has no entries of its own to copy: taken as a scope it would hide nothing. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
