import type { ConnectionOptions } from "node:tls";
import type { Clock, Random } from "@metricast/core";
import type { Cluster, Redis } from "ioredis";

/** Where Redis is (one of `url`, `host`, `sentinel`, `cluster`, `client`; default 127.0.0.1:6379), and the bounds of its use. */
export interface RedisStoreOptions {
  /** `redis://` or `rediss://` with TLS: `redis://user:password@host:port/db`. */
  readonly url?: string;
  readonly host?: string;
  /** Default 6379. */
  readonly port?: number;
  /** Of the ACL user; default: Redis' own default user. */
  readonly username?: string;
  readonly password?: string;
  /** Number of the database; default 0. A cluster has only 0. */
  readonly db?: number;
  /** true: TLS with the system's authorities; else options of Node's `tls.connect`. */
  readonly tls?: boolean | ConnectionOptions;
  /** Finds the master by sentinels, and follows it when they make another. */
  readonly sentinel?: RedisSentinelOptions;
  /** Nodes of a Redis Cluster to begin with. */
  readonly cluster?: readonly RedisNode[];
  /** A client of the host, whose settings are copied: it is never used itself, changed or closed. */
  readonly client?: Redis | Cluster;
  /** What every key begins with; default `metricast`. The service's name follows it. */
  readonly prefix?: string;
  /** Over how many slots of a cluster the instances are spread, two connections each; the same everywhere. Default 1. */
  readonly partitions?: number;
  /** Time between heartbeats, and how long one blocking read takes; trouble is seen within two of them. Default 1,000 ms. */
  readonly probeMs?: number;
  /** How long a connection may take to be ready. Default 2,000 ms. */
  readonly connectTimeoutMs?: number;
  /** How long Redis may take to answer before the connection is replaced. Default 1,000 ms. */
  readonly commandTimeoutMs?: number;
  /** What may wait while Redis is away; over it the oldest goes, counted. Default 8 MiB. */
  readonly maxSpoolBytes?: number;
  /** Batches that a stream keeps: two segments of 120, and the longest time away. Default 960. */
  readonly streamBatches?: number;
  /** How long the stream of an instance that is gone stays. Default 24 h. */
  readonly streamTtlMs?: number;
  /** An instance without a heartbeat for so long is off the roster. Default 15,000 ms. */
  readonly deadAfterMs?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Draws the jitter of reconnecting. Default: the system's. */
  readonly random?: Pick<Random, "fraction">;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface RedisSentinelOptions {
  readonly nodes: readonly RedisNode[];
  /** What the sentinels call the master. */
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
  /** Whether the sentinels themselves speak TLS. */
  readonly tls?: boolean | ConnectionOptions;
}
