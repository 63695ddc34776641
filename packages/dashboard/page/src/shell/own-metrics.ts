import type { Metric } from "../data/catalogue.js";

/** metricast's own metrics have a channel of their own. */
export function isOwn({ channel }: Metric): boolean {
  return channel === "metricast";
}

export function isHosts(metric: Metric): boolean {
  return !isOwn(metric);
}
