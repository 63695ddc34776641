import type { Sample, Source } from "@metricast/core";

/** What is read of an `http.Agent` or `https.Agent`: connections and waiting requests by host. */
export interface AgentLike {
  readonly sockets: Readonly<Record<string, readonly unknown[] | undefined>>;
  readonly freeSockets: Readonly<Record<string, readonly unknown[] | undefined>>;
  readonly requests: Readonly<Record<string, readonly unknown[] | undefined>>;
}

/** What is read of undici's `Pool` and `Client`. */
export interface PoolLike {
  readonly stats: {
    readonly connected: number | boolean;
    /** A client has none: it has one connection. */
    readonly free?: number;
    readonly pending: number;
    readonly queued?: number;
    readonly running: number;
  };
}

export interface ConnectionPoolsOptions {
  /** By the name they are shown under, as `{ default: http.globalAgent }`. */
  readonly agents?: Readonly<Record<string, AgentLike>>;
  /** undici's, by the name they are shown under. */
  readonly pools?: Readonly<Record<string, PoolLike>>;
}

/** How full the pools of outgoing connections are: those in use, those that wait for use, and requests that wait for one. */
export function connectionPoolsSource({ agents = {}, pools = {} }: ConnectionPoolsOptions): Source {
  const read = () => [
    ...Object.entries(agents).flatMap(([pool, agent]) => poolSamples(pool, agentFill(agent))),
    ...Object.entries(pools).flatMap(([pool, { stats }]) => poolSamples(pool, undiciFill(stats))),
  ];
  return { name: "connection-pools", read };
}

interface Fill {
  readonly active: number;
  readonly free: number;
  readonly queued: number;
}

function agentFill({ sockets, freeSockets, requests }: AgentLike): Fill {
  return { active: countAll(sockets), free: countAll(freeSockets), queued: countAll(requests) };
}

function undiciFill({ connected, free, pending, running }: PoolLike["stats"]): Fill {
  const open = Number(connected);
  const idle = free ?? (running === 0 ? open : 0);
  // What is pending was not sent yet, by whatever client of the pool.
  return { active: Math.max(0, open - idle), free: idle, queued: pending };
}

function countAll(byHost: Readonly<Record<string, readonly unknown[] | undefined>>): number {
  let count = 0;
  for (const list of Object.values(byHost)) count += list?.length ?? 0;
  return count;
}

function poolSamples(pool: string, { active, free, queued }: Fill): Sample[] {
  const help = "Open outgoing connections: in use, or kept for the next request.";
  return [
    gauge("connection_pool_connections", { pool, state: "active" }, active, help),
    gauge("connection_pool_connections", { pool, state: "free" }, free, help),
    gauge("connection_pool_queued_requests", { pool }, queued, "Requests that wait for a connection."),
  ];
}

function gauge(name: string, labels: Sample["labels"], value: number, help: string): Sample {
  return { name, labels, value, help, aggregator: "sum" };
}
