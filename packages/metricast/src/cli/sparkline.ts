const bars = "▁▂▃▄▅▆▇█";

/** The newest values as bars between their least and greatest; a blank where there is no number. */
export function sparkline(values: ArrayLike<number>, width: number): string {
  const newest = Array.from(values).slice(-width);
  const finite = newest.filter(Number.isFinite);
  const least = Math.min(...finite);
  const range = Math.max(...finite) - least;
  const line = newest.map((value) => {
    if (!Number.isFinite(value)) return " ";
    const height = range === 0 ? 0 : (value - least) / range;
    return bars[Math.round(height * (bars.length - 1))] ?? " ";
  });
  return line.join("").padStart(width);
}
