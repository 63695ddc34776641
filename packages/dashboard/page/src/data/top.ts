import type { Cells } from "./lines.js";

/** A line weighs what it is on average, whatever its sign; without any value it weighs nothing. */
export function weightOf(values: Cells): number {
  return meanOf(values.map((value) => value && Math.abs(value))) ?? -1;
}

/** Null where there is nothing. */
export function meanOf(values: Cells): number | null {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : null;
}

/** Keys of the heaviest; those shown before stay unless clearly outweighed, so that a chart does not flicker. */
export function topKeys(
  weights: ReadonlyMap<string, number>,
  most: number,
  before: ReadonlySet<string> = new Set(),
): Set<string> {
  const favoured = (key: string, weight: number) => (before.has(key) ? weight * 1.3 : weight);
  const ranked = [...weights].map(([key, weight]) => ({ key, weight: favoured(key, weight) }));
  ranked.sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1));
  return new Set(ranked.slice(0, most).map(({ key }) => key));
}

/** Gives each key a colour of its own for as long as it is shown, the first that is free. */
export class ColourBook {
  readonly #taken = new Map<string, number>();

  keep(keys: Iterable<string>): void {
    const wanted = new Set(keys);
    for (const key of this.#taken.keys()) if (!wanted.has(key)) this.#taken.delete(key);
    const used = new Set(this.#taken.values());
    for (const key of wanted) {
      if (this.#taken.has(key)) continue;
      let colour = 0;
      while (used.has(colour)) colour++;
      used.add(colour);
      this.#taken.set(key, colour);
    }
  }

  of(key: string): number {
    return this.#taken.get(key) ?? 0;
  }
}
