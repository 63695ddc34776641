import type { InstanceReport } from "./health.js";

export interface KnownInstance {
  readonly name: string;
  /** `silent`: shows no life. `gone`: the server no longer lists it. */
  readonly status: InstanceReport["status"] | "gone";
}

const mostKnown = 100;

/** Everybody who was listed since the page was opened, by name: who is looked at must not vanish from the list. */
export function rosterOf(
  known: readonly KnownInstance[],
  listed: readonly InstanceReport[],
): readonly KnownInstance[] {
  const names = new Set(listed.map(({ name }) => name));
  const gone = known
    .filter(({ name }) => !names.has(name))
    .slice(0, Math.max(0, mostKnown - listed.length))
    .map(({ name }) => ({ name, status: "gone" as const }));
  return [...listed, ...gone].sort((a, b) => (a.name < b.name ? -1 : 1));
}
