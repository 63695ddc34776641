const longest = 40;

/** The name that was probably meant: at most two letters off, case left aside. */
function nearName(given: string, names: Iterable<string>): string | undefined {
  if (given.length > longest) return undefined;
  let nearest: string | undefined;
  let least = 3;
  for (const name of names) {
    const away = distance(given.toLowerCase(), name.toLowerCase());
    if (away < least && away < name.length / 2) [nearest, least] = [name, away];
  }
  return nearest;
}

/** Ends a message about a name that there is not: `; did you mean "…"?`, or nothing. */
export function nearHint(given: string, names: Iterable<string>): string {
  const meant = nearName(given, names);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

/** How many letters have to be put in, taken out or changed. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const changed = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
