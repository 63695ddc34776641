/** What the health report says, as far as the page shows it. Everything may be missing: hosts differ in version. */
export interface HealthReport {
  readonly status: string;
  readonly reasons: readonly string[];
  readonly version: string;
  readonly instance: string;
  readonly uptimeMs: number;
  readonly clients: { readonly count: number; readonly limit: number };
  readonly limits: readonly LimitReport[];
  readonly memory: { readonly usedBytes: number; readonly limitBytes: number; readonly holds: string };
  readonly cost: {
    readonly cpuShare: number;
    readonly sourcesShare: number;
    readonly sentBytesPerSecond: number;
  };
  readonly pressure: { readonly level: number; readonly lateMs: number };
  readonly store: { readonly name: string; readonly status: string; readonly lagMs: number };
  readonly sources: readonly SourceReport[];
  readonly overflowing: readonly string[];
  readonly instances: readonly InstanceReport[];
  /** How many alerts fire, and those of them that are listed. */
  readonly alerts: { readonly count: number; readonly active: readonly AlertReport[] };
}

interface AlertReport {
  readonly id: string;
  readonly severity: string;
  readonly summary: string;
  /** NaN where there is none. */
  readonly value: number;
  readonly sinceMs: number;
}

interface LimitReport {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly near: boolean;
}

interface SourceReport {
  readonly name: string;
  readonly channel: string;
  readonly status: string;
  readonly failures: number;
  readonly lastError: string;
  readonly lastReadMs: number;
}

export interface InstanceReport {
  readonly name: string;
  readonly status: "live" | "silent";
}

/** An instance that showed no life for so long is greyed; the server ages it out later. */
const silentAfterMs = 10_000;

/** Undefined for what is no report at all. */
export function readHealth(answer: unknown): HealthReport | undefined {
  const status = text(answer, "status");
  if (status === "") return undefined;
  const part = (name: string) => field(answer, name);
  return {
    status,
    reasons: list(answer, "reasons").filter((reason) => typeof reason === "string"),
    version: text(answer, "version"),
    instance: text(answer, "instance"),
    uptimeMs: number(answer, "uptimeMs"),
    clients: { count: number(part("clients"), "count"), limit: number(part("clients"), "limit") },
    limits: list(answer, "limits").map(readLimit),
    memory: {
      usedBytes: number(part("memory"), "usedBytes"),
      limitBytes: number(part("memory"), "limitBytes"),
      holds: text(part("memory"), "holds"),
    },
    cost: {
      cpuShare: number(part("cost"), "cpuShare"),
      sourcesShare: number(part("cost"), "sourcesShare"),
      sentBytesPerSecond: number(part("cost"), "sentBytesPerSecond"),
    },
    pressure: { level: number(part("pressure"), "level"), lateMs: number(part("pressure"), "lateMs") },
    store: {
      name: text(part("store"), "name"),
      status: text(part("store"), "status"),
      lagMs: number(part("store"), "lagMs"),
    },
    sources: list(answer, "sources").map(readSource),
    overflowing: list(answer, "overflowing").filter((name) => typeof name === "string"),
    instances: list(field(answer, "cluster"), "instances").map(readInstance),
    alerts: {
      count: number(part("alerts"), "count"),
      active: list(part("alerts"), "active").map(readAlert),
    },
  };
}

function readAlert(alert: unknown): AlertReport {
  return {
    id: text(alert, "id"),
    severity: text(alert, "severity"),
    summary: text(alert, "summary"),
    value: number(alert, "value"),
    sinceMs: number(alert, "sinceMs"),
  };
}

function readInstance(one: unknown): InstanceReport {
  const isLive = number(one, "ageMs") <= silentAfterMs;
  return { name: text(one, "instance"), status: isLive ? "live" : "silent" };
}

function readLimit(limit: unknown): LimitReport {
  const near = field(limit, "near") === true;
  return { name: text(limit, "name"), used: number(limit, "used"), limit: number(limit, "limit"), near };
}

function readSource(source: unknown): SourceReport {
  return {
    name: text(source, "name"),
    channel: text(source, "channel"),
    status: text(source, "status"),
    failures: number(source, "failures"),
    lastError: text(source, "lastError"),
    lastReadMs: number(source, "lastReadMs"),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function text(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}

function number(value: unknown, name: string): number {
  const found = field(value, name);
  return typeof found === "number" ? found : Number.NaN;
}

function list(value: unknown, name: string): readonly unknown[] {
  const found = field(value, name);
  return Array.isArray(found) ? found : [];
}
