import type { Collection } from "../collection.js";
import type { ResolvedOptions } from "../resolve-options.js";
import type { Serving } from "../serving.js";
import type { LimitWatch } from "./limits.js";

/** The bounds of a whole metricast that a host is warned of, under their options' names. */
export function watchLimits(
  watch: LimitWatch,
  options: ResolvedOptions,
  { seriesBudget, memory, views }: Pick<Collection, "seriesBudget" | "memory" | "views">,
  { desk }: Pick<Serving, "desk">,
): void {
  watch.add({ name: "maxClients", limit: options.maxClients, used: () => desk.count });
  watch.add({ name: "maxSeries", limit: options.maxSeries, used: () => seriesBudget.used });
  watch.add({ name: "maxViews", limit: options.maxViews, used: () => views.count });
  watch.add({ name: "memoryBudgetBytes", limit: options.memoryBudgetBytes, used: () => memory.usedBytes });
}
