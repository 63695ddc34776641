import type { Alert } from "../alerts/alert.js";
import type { ClusterHealth } from "../cluster/cluster.js";
import type { StoreStatus } from "../contracts/store.js";
import type { PressureHealth } from "../pressure/pressure.js";
import type { Access } from "../sessions/admission-access.js";
import type { LimitState } from "./limits.js";
import type { CostHealth } from "./own-cost.js";

export interface SourceHealth {
  readonly name: string;
  readonly channel?: string;
  readonly status: "ok" | "failing" | "timeout" | "backoff";
  readonly failures: number;
  readonly lastError?: string;
  readonly lastReadMs?: number;
}

export interface MemoryHealth {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** New series are refused, as nothing more can be freed. */
  readonly exhausted?: boolean;
  /** What the budget keeps, in words. */
  readonly holds?: string;
}

/** What the health report is made of. */
export interface HealthInputs {
  readonly version: string;
  readonly instance: string;
  readonly access: Access;
  uptimeMs(): number;
  clients(): { readonly count: number; readonly limit: number };
  limits(): readonly LimitState[];
  memory(): MemoryHealth;
  cost(): CostHealth;
  pressure(): PressureHealth;
  /** Absent where there is no store. */
  store(): ({ readonly name: string } & StoreStatus) | undefined;
  /** Absent where there is no store. */
  cluster?(): ClusterHealth | undefined;
  sources(): readonly SourceHealth[];
  /** What fires. */
  alerts?(): readonly Alert[];
  /** Metrics that exceeded their label sets and feed an overflow series. */
  overflowing?(): readonly string[];
  /** It does not yet know what other instances know. */
  starting(): boolean;
  draining(): boolean;
}

export type HealthReason = "access" | "store" | "sources" | "memory" | "overflow" | "shedding" | "draining";

export interface Health {
  readonly status: "ok" | "degraded";
  /** Why it is degraded; empty when it is not. */
  readonly reasons: readonly HealthReason[];
  readonly version: string;
  readonly instance: string;
  readonly uptimeMs: number;
  readonly access: Access;
  readonly clients: { readonly count: number; readonly limit: number };
  readonly limits: readonly LimitState[];
  readonly memory: MemoryHealth;
  /** What metricast takes of the process. */
  readonly cost: CostHealth;
  /** How late the host's event loop runs, and what metricast leaves out for it. */
  readonly pressure: PressureHealth;
  readonly store:
    | ({ readonly name: string } & StoreStatus)
    | { readonly name: "none"; readonly status: "ok" };
  /** Who is alive, and clients of all; absent where there is no store. */
  readonly cluster?: ClusterHealth;
  readonly sources: readonly SourceHealth[];
  readonly overflowing: readonly string[];
  /** How many alerts fire, and the first hundred of them; of all instances, as far as is known here. */
  readonly alerts: { readonly count: number; readonly active: readonly Alert[] };
}

/** So that the report of a bad day can still be read. */
const shownAlerts = 100;

export function healthReport(inputs: HealthInputs): Health {
  const memory = inputs.memory();
  const pressure = inputs.pressure();
  const store = inputs.store() ?? ({ name: "none", status: "ok" } as const);
  const sources = inputs.sources();
  const cluster = inputs.cluster?.();
  const overflowing = inputs.overflowing?.() ?? [];
  const alerts = inputs.alerts?.() ?? [];
  const failing: Readonly<Record<HealthReason, boolean>> = {
    access: inputs.access === "misconfigured",
    store: store.status === "degraded",
    sources: sources.some((source) => source.status !== "ok"),
    memory: memory.exhausted === true,
    overflow: overflowing.length > 0,
    shedding: pressure.level > 0,
    draining: inputs.draining(),
  };
  const reasons = healthReasons.filter((reason) => failing[reason]);
  return {
    status: reasons.length === 0 ? "ok" : "degraded",
    reasons,
    version: inputs.version,
    instance: inputs.instance,
    uptimeMs: inputs.uptimeMs(),
    access: inputs.access,
    clients: inputs.clients(),
    limits: inputs.limits(),
    memory,
    cost: inputs.cost(),
    pressure,
    store,
    ...(cluster && { cluster }),
    sources,
    overflowing,
    alerts: { count: alerts.length, active: alerts.slice(0, shownAlerts) },
  };
}

const healthReasons = ["access", "store", "sources", "memory", "overflow", "shedding", "draining"] as const;

/** The process answers: nothing it depends on is asked. */
export function liveness(): { readonly status: "ok" } {
  return { status: "ok" };
}

export interface Readiness {
  readonly ready: boolean;
  readonly status: "ready" | "starting" | "draining";
}

/** Whether new clients should be sent here. A store that is away is no reason: local clients are served. */
export function readiness(inputs: Pick<HealthInputs, "starting" | "draining">): Readiness {
  if (inputs.draining()) return { ready: false, status: "draining" };
  return inputs.starting() ? { ready: false, status: "starting" } : { ready: true, status: "ready" };
}
