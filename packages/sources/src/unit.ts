/** Units a name may end in, as Prometheus' naming rules write them, with the short forms that Node code uses. */
const units: ReadonlyMap<string, string> = new Map([
  ["seconds", "seconds"],
  ["milliseconds", "milliseconds"],
  ["ms", "milliseconds"],
  ["microseconds", "microseconds"],
  ["us", "microseconds"],
  ["nanoseconds", "nanoseconds"],
  ["ns", "nanoseconds"],
  ["minutes", "minutes"],
  ["hours", "hours"],
  ["days", "days"],
  ["bytes", "bytes"],
  ["bits", "bits"],
  ["ratio", "ratio"],
  ["percent", "percent"],
  ["celsius", "celsius"],
  ["kelvin", "kelvin"],
  ["volts", "volts"],
  ["amperes", "amperes"],
  ["watts", "watts"],
  ["joules", "joules"],
  ["hertz", "hertz"],
  ["meters", "meters"],
  ["grams", "grams"],
]);

/** Endings that leave the unit as it is; `_count` and `_bucket` count things, whatever is measured. */
const transparent: ReadonlySet<string> = new Set(["total", "sum", "min", "max", "mean", "avg"]);

/** The unit a metric's name tells (`http_request_duration_seconds` → `seconds`), or undefined. */
export function unitOf(name: string): string | undefined {
  const words = name.split("_");
  let last = words.pop();
  // One ending only: `_max_total` is nobody's convention.
  if (last !== undefined && transparent.has(last)) last = words.pop();
  // A name that is nothing but a unit (`bytes`) names the thing, not its measure.
  return last === undefined || words.length === 0 ? undefined : units.get(last);
}
