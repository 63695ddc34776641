/** What a number is a number of. */
export interface Measure {
  /** `bytes`, `seconds`, `ratio`, …; empty where it is not known. */
  readonly unit: string;
  /** Whether it is per second. */
  readonly isRate: boolean;
}

type Scale = readonly (readonly [factor: number, suffix: string])[];

const si: Scale = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
];
const smallSi: Scale = [...si, [1e-3, "m"], [1e-6, "µ"], [1e-9, "n"]];
const iec: Scale = [
  [2 ** 40, " TiB"],
  [2 ** 30, " GiB"],
  [2 ** 20, " MiB"],
  [2 ** 10, " KiB"],
  [1, " B"],
];
const durations: Scale = [
  [86_400, " d"],
  [3_600, " h"],
  [60, " min"],
  [1, " s"],
  [1e-3, " ms"],
  [1e-6, " µs"],
  [1e-9, " ns"],
];
const percent: Scale = [[0.01, " %"]];
const plainPercent: Scale = [[1, " %"]];

/** A counter of seconds grows by a share of the time: 0.35 s each second is 35 %. */
function scaleOf({ unit, isRate }: Measure): Scale {
  if (unit === "bytes") return iec;
  if (unit === "seconds") return isRate ? percent : durations;
  if (unit === "ratio") return percent;
  if (unit === "percent") return plainPercent;
  return unit === "" ? si : smallSi.slice(0, unit === "volts" || unit === "amperes" ? undefined : si.length);
}

/** What stands behind the number and its prefix. */
export function unitSuffix({ unit, isRate }: Measure): string {
  if (unit === "seconds" || unit === "ratio" || unit === "percent") return "";
  const perSecond = isRate ? "/s" : "";
  if (unit === "bytes" || unit === "") return perSecond;
  return ` ${short.get(unit) ?? unit}${perSecond}`;
}

const short: ReadonlyMap<string, string> = new Map([
  ["celsius", "°C"],
  ["hertz", "Hz"],
  ["volts", "V"],
  ["amperes", "A"],
  ["watts", "W"],
  ["joules", "J"],
  ["meters", "m"],
  ["grams", "g"],
]);

const earliestDateSeconds = 1e9;
const latestDateSeconds = 4.2e9;

/** A number as people read it: at most three digits that matter, a prefix, the unit. */
export function formatValue(value: number | null | undefined, measure: Measure): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (isDate(value, measure)) return formatDate(value * 1_000);
  const [factor, prefix] = step(scaleOf(measure), Math.abs(value));
  return `${digits(value / factor)}${prefix}${unitSuffix(measure)}`;
}

/** Numbers of an axis, all at one prefix and with as many decimals as tell them apart. */
export function formatTicks(values: readonly number[], measure: Measure): string[] {
  const largest = Math.max(...values.map(Math.abs));
  if (values.some((value) => isDate(value, measure))) {
    const length = (values.at(-1) ?? 0) - (values[0] ?? 0);
    return values.map((value) => (length > 86_400 ? shortDay(value * 1_000) : shortTime(value * 1_000)));
  }
  const [factor, prefix] = step(scaleOf(measure), largest);
  const [first = 0, second = first] = values;
  const distance = Math.abs(second - first) / factor;
  const decimals = distance > 0 ? Math.min(6, Math.max(0, Math.ceil(-Math.log10(distance) - 1e-9))) : 0;
  return values.map((value) => {
    const isBare = value === 0 && !prefix.startsWith(" ");
    return `${isBare ? "0" : (value / factor).toFixed(decimals) + prefix}${unitSuffix(measure)}`;
  });
}

/** Whether ticks of an axis are best at powers of two. */
export function isBinary({ unit }: Measure): boolean {
  return unit === "bytes";
}

function isDate(value: number, { unit, isRate }: Measure): boolean {
  return unit === "seconds" && !isRate && value > earliestDateSeconds && value < latestDateSeconds;
}

function formatDate(ms: number): string {
  return new Date(ms).toLocaleString(undefined, {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

function shortDay(ms: number): string {
  return new Date(ms).toLocaleDateString(undefined, { day: "numeric", month: "short" });
}

function shortTime(ms: number): string {
  return new Date(ms).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

function step(scale: Scale, magnitude: number): readonly [number, string] {
  const last = scale.at(-1) ?? [1, ""];
  if (magnitude === 0) return scale.find(([factor]) => factor === 1) ?? last;
  // What rounds up to the next prefix is shown with it: 999.9 is 1 k.
  return scale.find(([factor]) => magnitude >= factor * 0.9995) ?? last;
}

function digits(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e15) return value.toExponential(2);
  if (magnitude >= 99.95) return value.toFixed(0);
  if (magnitude >= 9.995) return trim(value.toFixed(1));
  if (magnitude >= 0.001 || magnitude === 0) return trim(value.toFixed(magnitude < 0.1 ? 4 : 2));
  return value.toExponential(1);
}

function trim(text: string): string {
  return text.replace(/\.?0+$/, "");
}

/** A length of time in at most two words: `4 min`, `1 h 5 min`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 > 0 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
