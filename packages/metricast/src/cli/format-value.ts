const decimalPrefixes = ["", "k", "M", "G", "T"];
const binaryPrefixes = ["", "Ki", "Mi", "Gi", "Ti"];

/** Seconds beyond this (2001) are a time since the Unix epoch, not a duration. */
const pointInTime = 1e9;

/** A value for people, by its unit: `12.3 MiB`, `4.2 ms`, `37 %`, `1.5 k`. */
export function formatValue(value: number, unit: string | undefined): string {
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case "bytes":
      return scaled(value, 1_024, binaryPrefixes, "B");
    case "seconds":
      return seconds(value);
    case "ratio":
      return `${digits(value * 100)} %`;
    default:
      return scaled(value, 1_000, decimalPrefixes, unit ?? "");
  }
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${digits(value * 1e6)} µs`;
  if (size < 1) return `${digits(value * 1e3)} ms`;
  if (size < 120) return `${digits(value)} s`;
  if (size < 7_200) return `${digits(value / 60)} min`;
  return size < pointInTime ? `${digits(value / 3_600)} h` : new Date(value * 1e3).toISOString().slice(0, 16);
}

function scaled(value: number, base: number, prefixes: readonly string[], unit: string): string {
  let rest = value;
  let step = 0;
  while (Math.abs(rest) >= base && step < prefixes.length - 1) {
    rest /= base;
    step++;
  }
  return `${digits(rest)} ${prefixes[step]}${unit}`.trimEnd();
}

/** Three significant digits; whole numbers below a thousand as they are. */
function digits(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
