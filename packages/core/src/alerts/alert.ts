import type { SeriesInfo } from "@metricast/protocol";

export const severities = ["info", "warning", "critical"] as const;
export type Severity = (typeof severities)[number];

/** Types of its events in the channel `alerts`. */
export type AlertState = "firing" | "resolved";

/** That a rule holds for a series, or no longer does: what events, listeners and webhooks are told. */
export interface Alert {
  /** Of the rule and the series, and of the instance where each has its own: the same everywhere, and over restarts. */
  readonly id: string;
  readonly rule: string;
  readonly state: AlertState;
  readonly severity: Severity;
  /** The rule's. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary?: string;
  readonly channel: string;
  /** Absent where the rule is of all that it selects together: `absent`. */
  readonly series?: Pick<SeriesInfo, "name" | "labels">;
  /** Whose it is, where the rule is of each instance by itself. */
  readonly instance?: string;
  /** What was compared; null where there was nothing any more. */
  readonly value: number | null;
  /** Since when it fires, by the tick. */
  readonly sinceMs: number;
  /** When it was resolved. */
  readonly endMs?: number;
}

/** What an event of the channel says; undefined where it is none of ours: hosts and other versions write there too. */
export function readAlert(type: string, data: unknown): Alert | undefined {
  return isAlert(data) && data.state === type ? data : undefined;
}

function isAlert(data: unknown): data is Alert {
  if (typeof data !== "object" || data === null) return false;
  const text = (name: string) => typeof Reflect.get(data, name) === "string";
  const number = (name: string) => Number.isFinite(Reflect.get(data, name));
  const state: unknown = Reflect.get(data, "state");
  return (
    (state === "firing" || state === "resolved") && ["id", "rule", "channel"].every(text) && number("sinceMs")
  );
}

/** What tells alerts apart. */
export function alertId(
  rule: string,
  series: Pick<SeriesInfo, "name" | "labels"> | undefined,
  instance: string | undefined,
): string {
  const of = instance === undefined ? rule : `${rule}@${instance}`;
  if (series === undefined) return of;
  const labels = Object.entries(series.labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return `${of}:${series.name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""}`;
}
