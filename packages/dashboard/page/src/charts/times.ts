/** Moments as text, in local time or UTC. */
export function timeText(ms: number, isUtc: boolean, withDate = false): string {
  const zone = isUtc ? { timeZone: "UTC" } : {};
  const day = withDate ? ({ day: "numeric", month: "short" } as const) : {};
  return new Date(ms).toLocaleString(undefined, {
    ...day,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    ...zone,
  });
}
