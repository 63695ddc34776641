import type { Spread } from "../drive/statistics.js";
import type { Tools } from "../drive/tools.js";

/** A figure with a budget. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly budget: Budget;
}

export type Budget =
  | { readonly atLeast: number; readonly unit: string }
  | { readonly atMost: number; readonly unit: string };

/** One line of a row's table: an arm, a trace, a size. */
export interface Line {
  readonly name: string;
  /** By column. */
  readonly figures: Readonly<Record<string, Spread>>;
}

export interface Measured {
  readonly figures: readonly Figure[];
  readonly lines: readonly Line[];
}

export interface RowContext {
  readonly tools: Tools;
  /** Instead of a row's own number of rounds. */
  readonly rounds: number | undefined;
  readonly say: (text: string) => void;
  /** What several rows are made of is measured once in a run. */
  once<T>(what: string, measure: () => Promise<T>): Promise<T>;
}

export interface Row {
  /** As in the table of budgets. */
  readonly id: string;
  readonly name: string;
  /** How it was measured, and what to think of it. */
  readonly about: string;
  measure(context: RowContext): Promise<Measured>;
}

export function isMet({ value, budget }: Figure): boolean {
  return "atLeast" in budget ? value >= budget.atLeast : value <= budget.atMost;
}

export function budgetText(budget: Budget): string {
  return "atLeast" in budget ? `>= ${budget.atLeast}${budget.unit}` : `<= ${budget.atMost}${budget.unit}`;
}

export function constant(value: number): Spread {
  return { median: value, min: value, max: value };
}
