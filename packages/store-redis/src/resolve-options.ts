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

interface OtherOption {
  readonly fits: (value: unknown) => boolean;
  /** Ends "it must be …". */
  readonly expected: string;
}

const aText: OtherOption = { fits: isText, expected: "a text" };

const otherOptions: { readonly [name in Exclude<keyof RedisStoreOptions, RedisNumberName>]-?: OtherOption } =
  {
    url: {
      fits: (value) => typeof value === "string" && isRedisUrl(value),
      expected: "an address as redis://user:password@host:6379/0, or rediss://",
    },
    host: aText,
    port: { fits: isPort, expected: "a port" },
    username: aText,
    password: { fits: (value) => typeof value === "string", expected: "a text" },
    db: { fits: (value) => Number.isSafeInteger(value) && Number(value) >= 0, expected: "a whole number" },
    tls: {
      fits: (value) => typeof value === "boolean" || isRecord(value),
      expected: "true, or options of tls.connect",
    },
    sentinel: {
      fits: (value) => isRecord(value) && isText(value.name) && isNodes(value.nodes),
      expected: "{ nodes: [{ host, port }], name }",
    },
    cluster: { fits: isNodes, expected: "an array of { host, port }" },
    client: {
      fits: (value) => isRecord(value) && typeof value.duplicate === "function",
      expected: "a Redis or Cluster of ioredis",
    },
    // A brace would move the hash tag; the rest keeps keys readable in any tool.
    prefix: {
      fits: (value) => typeof value === "string" && /^[A-Za-z0-9_.:-]{1,100}$/.test(value),
      expected: "letters, digits and _ . : -, at most 100",
    },
    clock: {
      fits: (value) => isRecord(value) && typeof value.monotonicMs === "function",
      expected: "a Clock",
    },
    random: {
      fits: (value) => isRecord(value) && typeof value.fraction === "function",
      expected: "a Random",
    },
  };

/** Values that may hold a password. */
const unshown: ReadonlySet<string> = new Set(["url", "password", "sentinel", "client", "tls"]);

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
  if (!isRecord(given)) throw invalid("options", given, "an object, as { url }");
}

function checkOption(name: string, value: unknown): void {
  if (value === undefined) return;
  if (Object.hasOwn(redisNumberOptions, name)) {
    const { min, max } = redisNumberOptions[name as RedisNumberName];
    const fits = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    if (!fits) throw invalid(name, value, `a whole number between ${min} and ${max}`);
    return;
  }
  const option = new Map<string, OtherOption>(Object.entries(otherOptions)).get(name);
  if (!option) {
    const known = [...Object.keys(otherOptions), ...Object.keys(redisNumberOptions)].join(", ");
    const message = `redisStore has no option "${name}"; it has ${known}`;
    throw new MetricastError("MC_OPTION_UNKNOWN", message, { option: name });
  }
  if (!option.fits(value)) throw invalid(name, value, option.expected);
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

function invalid(option: string, value: unknown, expected: string): MetricastError {
  const isHidden = unshown.has(option) || typeof value === "object" || option === "options";
  const shown = isHidden ? "(not shown)" : String(value).slice(0, 100);
  const message = `option "${option}" of redisStore is ${shown}; it must be ${expected}`;
  return new MetricastError("MC_OPTION_INVALID", message, { option, value: shown });
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
