import type { Alerts } from "../alerts/alerts.js";
import type { Collection } from "../collection.js";
import type { Services } from "../services.js";
import type { Serving } from "../serving.js";
import { version } from "../version.js";
import type { HealthInputs } from "./health.js";
import type { Limits } from "./limits.js";

export interface HealthInputParts {
  readonly services: Services;
  readonly collection: Collection;
  readonly serving: Serving;
  readonly limits: Limits;
  readonly alerts: Pick<Alerts, "active">;
  /** What the memory budget keeps, in words. */
  readonly holds: string;
  readonly draining: () => boolean;
}

/** What the health report of a whole metricast is made of. */
export function healthInputs(parts: HealthInputParts): HealthInputs {
  const { services, collection, serving, limits, alerts, holds, draining } = parts;
  const { clock, maxClients, instance, memoryBudgetBytes } = services.options;
  const { memory } = collection;
  const startedMs = clock.monotonicMs();
  return {
    version,
    instance,
    access: serving.admission.access,
    uptimeMs: () => Math.round(clock.monotonicMs() - startedMs),
    clients: () => ({ count: serving.desk.count, limit: maxClients }),
    limits: () => limits.list(),
    memory: () => ({
      usedBytes: memory.usedBytes,
      limitBytes: memoryBudgetBytes,
      exhausted: memory.exhausted,
      holds,
    }),
    cost: () => services.ownCost.read(),
    pressure: () => services.pressure.health(),
    store: () => collection.storeStatus(),
    cluster: () => collection.cluster?.health,
    sources: () =>
      [...collection.metricsChannels()].flatMap(({ name, feed }) =>
        feed.sourceStates().map((state) => ({ ...state, channel: name })),
      ),
    overflowing: () => [...collection.metricsChannels()].flatMap(({ feed }) => feed.overflowing()),
    alerts: () => alerts.active,
    starting: () => serving.isBeginning,
    draining,
  };
}
