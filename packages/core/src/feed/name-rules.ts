const maxNameLength = 255;
const metricName = /^[a-zA-Z_:.][a-zA-Z0-9_:.-]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

const maxLabelValueLength = 1_000;
export const maxLabels = 32;

/** Letters, digits and `_ : . -`, not beginning with a digit or `-`; at most 255 characters. Event types too. */
export function isMetricName(name: unknown): name is string {
  return typeof name === "string" && name.length <= maxNameLength && metricName.test(name);
}

/** Letters, digits and `_`, not beginning with a digit; at most 255 characters. */
export function isLabelName(name: unknown): name is string {
  return typeof name === "string" && name.length <= maxNameLength && labelName.test(name);
}

/** Any string of at most 1,000 characters. */
export function isLabelValue(value: unknown): value is string {
  return typeof value === "string" && value.length <= maxLabelValueLength;
}
