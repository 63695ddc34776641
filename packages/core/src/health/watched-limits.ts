import type { Collection } from "../collection.js";
import type { ResolvedOptions } from "../resolve-options.js";
import type { Serving } from "../serving.js";
import type { Limits } from "./limits.js";

/** The bounds of a whole metricast that a host is warned of, under their options' names. */
export function watchLimits(
  limits: Limits,
  options: ResolvedOptions,
  { seriesBudget, memory, views }: Pick<Collection, "seriesBudget" | "memory" | "views">,
  { desk }: Pick<Serving, "desk">,
): void {
  limits.add({ name: "maxClients", limit: options.maxClients, used: () => desk.count });
  limits.add({ name: "maxSeries", limit: options.maxSeries, used: () => seriesBudget.used });
  limits.add({ name: "maxViews", limit: options.maxViews, used: () => views.count });
  limits.add({ name: "memoryBudgetBytes", limit: options.memoryBudgetBytes, used: () => memory.usedBytes });
}
