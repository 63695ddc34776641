import { emptyLabels } from "./metric-family.js";

const longestText = 1_000;

/** UCUM, as OpenTelemetry's conventions use it, in the words of Prometheus' naming rules. */
const unitNames: ReadonlyMap<string, string> = new Map([
  ["ns", "nanoseconds"],
  ["us", "microseconds"],
  ["ms", "milliseconds"],
  ["s", "seconds"],
  ["min", "minutes"],
  ["h", "hours"],
  ["d", "days"],
  ["By", "bytes"],
  ["bit", "bits"],
  ["%", "percent"],
  ["Cel", "celsius"],
  ["K", "kelvin"],
  ["V", "volts"],
  ["A", "amperes"],
  ["W", "watts"],
  ["J", "joules"],
  ["Hz", "hertz"],
  ["m", "meters"],
  ["g", "grams"],
]);

/** An instrument's name: it may have slashes there. Dots stay. */
export function metricNameOf(name: string): string {
  const legal = name.replace(/[^a-zA-Z0-9_:.-]/g, "_").slice(0, 255);
  return /^[a-zA-Z_:.]/.test(legal) ? legal : `_${legal.slice(0, 254)}`;
}

/** Undefined where things are counted: `1` and annotations such as `{request}`. */
export function unitNameOf(unit: string): string | undefined {
  if (unit === "" || unit === "1" || unit.startsWith("{")) return undefined;
  return unitNames.get(unit) ?? unit;
}

/** Attributes as labels, `http.route` as `http_route`; where two become one, the values are joined by a semicolon. */
export function labelsOf(attributes: Readonly<Record<string, unknown>>): Record<string, string> {
  const labels = emptyLabels();
  for (const name of Object.keys(attributes).sort()) {
    const value = attributes[name];
    if (value === undefined || value === null) continue;
    const label = labelNameOf(name);
    const known = labels[label];
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    labels[label] = (known === undefined ? text : `${known};${text}`).slice(0, longestText);
  }
  return labels;
}

function labelNameOf(attribute: string): string {
  const legal = attribute.replace(/[^a-zA-Z0-9_]/g, "_").slice(0, 255);
  return /^[a-zA-Z_]/.test(legal) ? legal : `_${legal.slice(0, 254)}`;
}
