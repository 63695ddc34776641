import { MetricastError, systemClock, systemRandom } from "@metricast/core";
import type { RedisNode, RedisStoreOptions } from "./options.js";

/** Numbers of the options: default and bounds. All are whole. */
export const redisNumberOptions = {
  partitions: { default: 1, min: 1, max: 64 },
  probeMs: { default: 1_000, min: 50, max: 60_000 },
  connectTimeoutMs: { default: 2_000, min: 50, max: 60_000 },
  commandTimeoutMs: { default: 1_000, min: 50, max: 60_000 },
  maxSpoolBytes: { default: 8 * 1_024 * 1_024, min: 65_536, max: 2 ** 31 },
  streamBatches: { default: 960, min: 240, max: 1_000_000 },
  streamTtlMs: { default: 86_400_000, min: 60_000, max: 31_536_000_000 },
  deadAfterMs: { default: 15_000, min: 200, max: 3_600_000 },
} as const;

type RedisNumberName = keyof typeof redisNumberOptions;

export type ResolvedRedisOptions = { readonly [name in RedisNumberName]: number } & Required<
  Pick<RedisStoreOptions, "clock" | "random" | "prefix">
> & {
    readonly given: RedisStoreOptions;
  };

/** How Redis is found: at most one of them. */
const places = ["url", "host", "sentinel", "cluster", "client"] as const;

const otherOptions: { readonly [name in Exclude<keyof RedisStoreOptions, RedisNumberName>]-?: Check } = {
  url: (value) => typeof value === "string" && isRedisUrl(value),
  host: isText,
  port: isPort,
  username: isText,
  password: (value) => typeof value === "string",
  db: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  tls: (value) => typeof value === "boolean" || isRecord(value),
  sentinel: (value) => isRecord(value) && isText(value.name) && isNodes(value.nodes),
  cluster: isNodes,
  client: (value) => isRecord(value) && typeof value.duplicate === "function",
  // A brace would move the hash tag; the rest keeps keys readable in any tool.
  prefix: (value) => typeof value === "string" && /^[A-Za-z0-9_.:-]{1,100}$/.test(value),
  clock: (value) => isRecord(value) && typeof value.monotonicMs === "function",
  random: (value) => isRecord(value) && typeof value.fraction === "function",
};

/** Values that may hold a password. */
const unshown: ReadonlySet<string> = new Set(["url", "password", "sentinel", "client", "tls"]);

type Check = (value: unknown) => boolean;

/** Fills in defaults. Throws MC_OPTION_UNKNOWN, or MC_OPTION_INVALID naming the option. */
export function resolveOptions(given: RedisStoreOptions = {}): ResolvedRedisOptions {
  checkShape(given);
  for (const [name, value] of Object.entries(given)) checkOption(name, value);
  checkPlace(given);
  const values = Object.keys(redisNumberOptions).map((name) => [
    name,
    given[name as RedisNumberName] ?? defaultOf(name),
  ]);
  return {
    ...(Object.fromEntries(values) as { [name in RedisNumberName]: number }),
    prefix: given.prefix ?? "metricast",
    clock: given.clock ?? systemClock,
    random: given.random ?? systemRandom,
    given,
  };
}

function checkShape(given: unknown): void {
  if (!isRecord(given)) throw invalid("options", given);
}

function checkOption(name: string, value: unknown): void {
  if (value === undefined) return;
  if (Object.hasOwn(redisNumberOptions, name)) {
    const { min, max } = redisNumberOptions[name as RedisNumberName];
    const fits = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    if (!fits) throw invalid(name, value, `a whole number between ${min} and ${max}`);
    return;
  }
  if (!Object.hasOwn(otherOptions, name)) {
    throw new MetricastError("MC_OPTION_UNKNOWN", `redisStore has no option "${name}"`, { option: name });
  }
  if (!otherOptions[name as keyof typeof otherOptions](value)) throw invalid(name, value);
}

function checkPlace(given: RedisStoreOptions): void {
  const [first, second] = places.filter((name) => given[name] !== undefined);
  if (second !== undefined) throw invalid(second, given[second], `left out beside "${first}"`);
  const alone = first === "url" || first === "client";
  const besides = ["port", "username", "password", "db", "tls"] as const;
  const ignored = besides.find((name) => alone && given[name] !== undefined);
  if (ignored !== undefined)
    throw invalid(ignored, given[ignored], `left out beside "${first}", which says it`);
  if (given.cluster !== undefined && (given.db ?? 0) !== 0) throw invalid("db", given.db, "0 in a cluster");
}

function defaultOf(name: string): number {
  return redisNumberOptions[name as RedisNumberName].default;
}

function invalid(option: string, value: unknown, expected?: string): MetricastError {
  const shown =
    unshown.has(option) || typeof value === "object" ? "(not shown)" : String(value).slice(0, 100);
  const wanted = expected === undefined ? "" : `; it must be ${expected}`;
  return new MetricastError("MC_OPTION_INVALID", `option "${option}" of redisStore is ${shown}${wanted}`, {
    option,
    value: shown,
  });
}

function isNodes(value: unknown): value is RedisNode[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((node) => isRecord(node) && isText(node.host) && isPort(node.port))
  );
}

function isPort(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) > 0 && Number(value) < 65_536;
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isRedisUrl(value: string): boolean {
  return /^rediss?:\/\/./.test(value) && URL.canParse(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
