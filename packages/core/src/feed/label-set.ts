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

/** Whether an unchecked labels object says the same as a checked set; may say no where it does. */
export function saysSame(labels: unknown, names: readonly string[], values: readonly string[]): boolean {
  if (labels === undefined) return names.length === 0;
  if (!isObject(labels)) return false;
  let count = 0;
  let inOrder = true;
  for (const name in labels) {
    if (inOrder && name === names[count]) {
      if (labels[name] !== values[count]) return false;
    } else {
      inOrder = false;
    }
    count += 1;
  }
  if (count !== names.length) return false;
  return inOrder || saysEach(labels, names, values);
}

function saysEach(
  labels: Readonly<Record<string, unknown>>,
  names: readonly string[],
  values: readonly string[],
): boolean {
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    if (name === undefined || labels[name] !== values[index]) return false;
  }
  return true;
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
