import { isLabelName, isLabelValue, maxLabels } from "./name-rules.js";

/** The labels of one series, checked, in the order of their names. */
export interface LabelSet {
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** The same for the same labels, whatever their order; different for different ones. */
  readonly key: string;
}

export const noLabels: LabelSet = { names: [], values: [], key: "" };

/** Undefined where they are malformed. Throws what reading them throws. */
export function labelSetOf(labels: unknown): LabelSet | undefined {
  if (labels === undefined) return noLabels;
  if (!isObject(labels) || Array.isArray(labels)) return undefined;
  const names = Object.keys(labels);
  if (names.length === 0) return noLabels;
  if (names.length > maxLabels) return undefined;
  if (names.length > 1) names.sort();
  return checkedSet(names, labels);
}

function checkedSet(names: string[], labels: Readonly<Record<string, unknown>>): LabelSet | undefined {
  const values: string[] = [];
  let key = "";
  for (const name of names) {
    const value = labels[name];
    if (!isLabelName(name) || !isLabelValue(value)) return undefined;
    values.push(value);
    // With its length no value can pass for the next label.
    key += `${name}=${value.length}:${value}`;
  }
  return { names, values, key };
}

/** Whether an unchecked labels object says the same as a part of two checked lists; may say no where it does. */
export function saysSame(
  labels: unknown,
  names: readonly string[],
  values: readonly string[],
  from = 0,
  to = names.length,
): boolean {
  if (labels === undefined) return from === to;
  if (!isObject(labels)) return false;
  let count = 0;
  for (const _ in labels) count += 1;
  if (count !== to - from) return false;
  for (let at = from; at < to; at += 1) {
    const name = names[at];
    if (name === undefined || labels[name] !== values[at]) return false;
  }
  return true;
}

/** The same of one that says it in the same order, which takes one walk. */
export function saysInOrder(
  labels: unknown,
  names: readonly string[],
  values: readonly string[],
  from: number,
  to: number,
): boolean {
  if (labels === undefined) return from === to;
  if (!isObject(labels)) return false;
  let at = from;
  for (const name in labels) {
    if (name !== names[at] || labels[name] !== values[at]) return false;
    at += 1;
  }
  return at === to;
}

/** As an object without prototype, so that a label named `__proto__` is a label. */
export function labelsObject(set: Pick<LabelSet, "names" | "values">): Readonly<Record<string, string>> {
  const labels: Record<string, string> = Object.create(null);
  for (const [index, name] of set.names.entries()) labels[name] = set.values[index] ?? "";
  return Object.freeze(labels);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
