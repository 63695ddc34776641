import type { ConnectionOptions } from "node:tls";
import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { RedisStoreOptions } from "./options.js";
import type { ResolvedRedisOptions } from "./resolve-options.js";

export type Client = Redis | Cluster;

type Settings = Omit<RedisOptions, "replyMapping">;

/** What a connection is for: reads may block, so nothing else may be behind them. */
export type Purpose = "write" | "read";

/**
 * Nothing may wait: a connection that fails is replaced as a whole by its `Link`, so ioredis neither reconnects nor queues nor
 * sends again. RESP2, since it is the same on every server, proxy and ioredis; no INFO, which an ACL may refuse.
 */
function commonOptions({ connectTimeoutMs, commandTimeoutMs }: ResolvedRedisOptions, purpose: Purpose) {
  return {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    reconnectOnError: null,
    connectTimeout: connectTimeoutMs,
    disconnectTimeout: 100,
    disableClientInfo: true,
    protocol: 2,
    replyMapping: "legacy",
    keyPrefix: "",
    readOnly: false,
    enableAutoPipelining: false,
    ...(purpose === "write" && { commandTimeout: commandTimeoutMs }),
    // A blocking read has a deadline of its own.
    ...(purpose === "read" && { commandTimeout: undefined }),
  } as const;
}

/** A client for one connection, not yet connected. */
export function makeClient(options: ResolvedRedisOptions, purpose: Purpose): Client {
  const { given } = options;
  const common = commonOptions(options, purpose);
  if (given.client !== undefined) return duplicate(given.client, options, purpose);
  if (given.cluster !== undefined) {
    const nodes = given.cluster.map(({ host, port }) => ({ host, port }));
    return new Cluster(nodes, clusterOptions(options, { ...common, ...login(given) }));
  }
  if (given.url !== undefined) return new Redis(given.url, common);
  if (given.sentinel !== undefined)
    return new Redis({ ...common, ...login(given), ...bySentinel(given, options) });
  return new Redis({
    ...common,
    ...login(given),
    host: given.host ?? "127.0.0.1",
    port: given.port ?? 6_379,
  });
}

/** What a host's client puts before every key, which the store has to do itself. */
export function hostPrefix({ client }: RedisStoreOptions): string {
  return client?.options.keyPrefix ?? "";
}

function duplicate(client: Client, options: ResolvedRedisOptions, purpose: Purpose): Client {
  const common = commonOptions(options, purpose);
  if (!isCluster(client)) return client.duplicate(common);
  return client.duplicate([], clusterOptions(options, { ...client.options.redisOptions, ...common }));
}

/** By what it has: the host's ioredis may be another copy than ours. */
function isCluster(client: Client): client is Cluster {
  return "nodes" in client && typeof client.nodes === "function";
}

function clusterOptions(
  { commandTimeoutMs }: ResolvedRedisOptions,
  redisOptions: Settings & { replyMapping: "legacy" },
) {
  return {
    redisOptions,
    keyPrefix: "",
    lazyConnect: true,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    scaleReads: "master",
    slotsRefreshTimeout: commandTimeoutMs,
    slotsRefreshInterval: undefined,
    clusterRetryStrategy: () => null,
    retryDelayOnTryAgain: 50,
    retryDelayOnClusterDown: 100,
    retryDelayOnFailover: 100,
    maxRedirections: 8,
  } as const;
}

function login({ username, password, db, tls }: RedisStoreOptions): Settings {
  const secured = tlsOf(tls);
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(db !== undefined && { db }),
    ...(secured && { tls: secured }),
  };
}

function bySentinel(
  { sentinel, tls }: RedisStoreOptions,
  { commandTimeoutMs }: ResolvedRedisOptions,
): Settings {
  if (sentinel === undefined) return {};
  const { name, nodes, username, password } = sentinel;
  const sentinelTls = tlsOf(sentinel.tls);
  return {
    name,
    sentinels: nodes.map(({ host, port }) => ({ host, port })),
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: commandTimeoutMs,
    enableTLSForSentinelMode: tls !== undefined && tls !== false,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...(sentinelTls && { sentinelTLS: sentinelTls }),
  };
}

function tlsOf(tls: boolean | ConnectionOptions | undefined): ConnectionOptions | undefined {
  return tls === true ? {} : tls || undefined;
}
