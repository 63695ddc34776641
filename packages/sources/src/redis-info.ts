import type { Sample, Source } from "@metricast/core";
import { beforeAbort } from "./before-abort.js";
import { readNumber } from "./prometheus-number.js";
import { infoFields } from "./redis-info-fields.js";

/** What is asked of a client, as `ioredis` and `redis` have it. */
export interface RedisInfoClient {
  info(...sections: string[]): Promise<string>;
}

export interface RedisInfoSourceOptions {
  /** Stays the host's: it is neither connected nor closed. */
  readonly client: RedisInfoClient;
  /** Default `redis`. */
  readonly name?: string;
  /** Added to every series: needed where two servers are watched. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Also calls, seconds and failures of each command. Default false. */
  readonly commands?: boolean;
  /** Asked only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

const microsecondsPerSecond = 1e6;

/**
 * A Redis server by its `INFO`: clients, memory, traffic, keys by database, replication. Where it does not answer the
 * read fails. All instances that read one server have the same values: merged, they are the greatest of them, and its
 * counters are added up; let one instance read it where that matters.
 */
export function redisInfoSource(options: RedisInfoSourceOptions): Source {
  const { client, name = "redis", labels = {}, commands = false, lazy = false } = options;
  return {
    name,
    lazy,
    async read({ signal }) {
      signal.throwIfAborted();
      const asked = [client.info(), ...(commands ? [client.info("commandstats")] : [])];
      const texts = await beforeAbort(Promise.all(asked), signal);
      const samples = texts.flatMap((text) => infoSamples(text));
      if (samples.length === 0) throw new Error("the server did not answer INFO");
      return samples.map((sample) => ({ ...sample, labels: { ...sample.labels, ...labels } }));
    },
  };
}

function infoSamples(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon <= 0 || line.startsWith("#")) continue;
    samples.push(...fieldSamples(line.slice(0, colon), line.slice(colon + 1).trim()));
  }
  return samples;
}

function fieldSamples(field: string, text: string): Sample[] {
  const value = readNumber(text);
  const traits = infoFields.get(field);
  if (traits !== undefined) return value === undefined ? [] : [{ ...traits, value, aggregator: "max" }];
  if (field === "role") return [roleSample(text)];
  if (field === "redis_version") return [versionSample(text)];
  if (/^db\d+$/.test(field)) return databaseSamples(field.slice(2), text);
  if (field.startsWith("cmdstat_")) return commandSamples(field.slice("cmdstat_".length), text);
  return [];
}

function roleSample(role: string): Sample {
  const value = role === "master" ? 1 : 0;
  return { name: "redis_primary", value, help: "1 where it is no replica.", aggregator: "max" };
}

function versionSample(version: string): Sample {
  return { name: "redis_info", labels: { version }, value: 1, help: "Its version.", aggregator: "max" };
}

/** `keys=3,expires=0,avg_ttl=0` */
function databaseSamples(db: string, text: string): Sample[] {
  const parts = partsOf(text);
  return [
    ...partSample(parts, "keys", { name: "redis_db_keys", help: "Keys in a database." }),
    ...partSample(parts, "expires", { name: "redis_db_expiring_keys", help: "Keys with an end." }),
  ].map((sample) => ({ ...sample, labels: { db }, aggregator: "max" }));
}

/** `calls=2,usec=9,usec_per_call=4.50,rejected_calls=0,failed_calls=0` */
function commandSamples(command: string, text: string): Sample[] {
  const parts = partsOf(text);
  const usec = parts.get("usec");
  if (usec !== undefined) parts.set("seconds", usec / microsecondsPerSecond);
  return [
    ...partSample(parts, "calls", { name: "redis_command_calls_total", help: "Calls of a command." }),
    ...partSample(parts, "seconds", {
      name: "redis_command_seconds_total",
      unit: "seconds",
      help: "Time spent in a command.",
    }),
    ...partSample(parts, "failed_calls", {
      name: "redis_command_failures_total",
      help: "Calls of a command that failed.",
    }),
  ].map((sample) => ({ ...sample, labels: { command }, kind: "counter" }));
}

function partSample(
  parts: ReadonlyMap<string, number>,
  part: string,
  traits: Pick<Sample, "name" | "unit" | "help">,
): Sample[] {
  const value = parts.get(part);
  return value === undefined ? [] : [{ ...traits, value }];
}

function partsOf(text: string): Map<string, number> {
  const parts = new Map<string, number>();
  for (const part of text.split(",")) {
    const [name = "", given = ""] = part.split("=");
    const value = readNumber(given);
    if (value !== undefined) parts.set(name, value);
  }
  return parts;
}
