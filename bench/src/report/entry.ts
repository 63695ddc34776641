import { budgetText, isMet, type Line, type Measured, type Row } from "../rows/row.js";

/** A row as `docs/benchmarks.json` lists it. */
export interface Entry {
  readonly id: string;
  readonly name: string;
  /** Figures by name, medians. */
  readonly value: Readonly<Record<string, number>>;
  readonly budget: Readonly<Record<string, string>>;
  readonly met: boolean;
  /** Everything side by side, metricast included. */
  readonly peers: readonly Line[];
  readonly measured: { readonly at: string; readonly commit: string; readonly rounds: string };
}

export function entryOf(row: Row, { figures, lines }: Measured, measured: Entry["measured"]): Entry {
  return {
    id: row.id,
    name: row.name,
    value: Object.fromEntries(figures.map(({ name, value }) => [name, rounded(value)])),
    budget: Object.fromEntries(figures.map(({ name, budget }) => [name, budgetText(budget)])),
    met: figures.length > 0 && figures.every(isMet),
    peers: lines.map((line) => ({
      name: line.name,
      figures: Object.fromEntries(
        Object.entries(line.figures).map(([column, { median, min, max }]) => [
          column,
          { median: rounded(median), min: rounded(min), max: rounded(max) },
        ]),
      ),
    })),
    measured,
  };
}

/** Four digits: the rest is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
