import { hostname } from "node:os";
import { systemClock } from "./clock.js";
import type { Clock } from "./contracts/clock.js";
import { type Logger, silentLogger } from "./contracts/logger.js";
import type { Random } from "./contracts/random.js";
import { MetricastError } from "./errors.js";
import { type NumberOptionName, type NumberOptions, numberOptions } from "./limit-options.js";
import type { ChannelOptions, MetricastOptions } from "./options.js";
import { type PresetName, presets } from "./presets.js";
import { parseTrustProxy } from "./sessions/address.js";
import { parseOrigins } from "./sessions/origin.js";
import { systemRandom } from "./system-random.js";

/** Options with every default filled in, all of them sensible. */
export interface ResolvedOptions extends NumberOptions {
  readonly preset: PresetName;
  readonly service: string;
  readonly instance: string;
  readonly path: string;
  readonly production: boolean;
  readonly shed: boolean;
  /** Whether this process is one of several workers of a host (`node:cluster`, pm2). */
  readonly worker: boolean;
  readonly channels: ReadonlyMap<string, ResolvedChannel>;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
  /** What the host gave, for the parts that take hooks and secrets as they are. */
  readonly given: MetricastOptions;
}

export interface ResolvedChannel {
  readonly kind: "metrics" | "events";
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly sources: NonNullable<ChannelOptions["sources"]>;
  readonly follow: NonNullable<ChannelOptions["follow"]>;
}

/** Every option that is not a number, and the check of its shape. */
const otherOptions: { readonly [name in Exclude<keyof MetricastOptions, NumberOptionName>]-?: Check } = {
  preset: (value) => typeof value === "string" && Object.hasOwn(presets, value),
  service: isName,
  instance: isName,
  path: (value) => typeof value === "string" && value.startsWith("/") && isPlainPath(value),
  sources: Array.isArray,
  channels: isRecord,
  store: (value) => isRecord(value) && typeof value.append === "function",
  authenticate: isFunction,
  authorize: isFunction,
  identify: isFunction,
  secret: isSecret,
  secrets: (value) => Array.isArray(value) && value.length > 0 && value.every(isSecret),
  startSecret: isSecret,
  metricsToken: isSecret,
  public: isBoolean,
  origins: isStrings,
  trustProxy: isStrings,
  production: isBoolean,
  shed: isBoolean,
  alerts: isRecord,
  logger: (value) =>
    isRecord(value) && ["debug", "info", "warn", "error"].every((name) => isFunction(value[name])),
  clock: (value) => isRecord(value) && isFunction(value.monotonicMs),
  random: (value) => isRecord(value) && isFunction(value.bytes),
};

/** Values that must never be shown. */
const secretOptions: ReadonlySet<string> = new Set(["secret", "secrets", "startSecret", "metricsToken"]);
const builtInEvents = ["events", "alerts", "system"] as const;
const channelOptionNames: ReadonlySet<string> = new Set([
  "kind",
  "intervalMs",
  "retentionMs",
  "sources",
  "follow",
]);
/** Name of the channel that shows metricast itself. */
export const selfChannel = "metricast";

type Check = (value: unknown) => boolean;

/** Fills in defaults. Throws MC_OPTION_UNKNOWN, or MC_OPTION_INVALID naming the option and its value. */
export function resolveOptions(
  given: MetricastOptions = {},
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ResolvedOptions {
  checkShapes(given);
  parseTrustProxy(given.trustProxy ?? []);
  parseOrigins(given.origins ?? []);
  const production = given.production ?? environment.NODE_ENV === "production";
  const preset = given.preset ?? (production ? "production" : "development");
  const numbers = resolveNumbers(given, preset);
  checkRelations(numbers);
  return {
    ...numbers,
    preset,
    production,
    shed: given.shed ?? true,
    worker: workerName(environment) !== undefined,
    service: given.service ?? "service",
    instance: given.instance ?? defaultInstance(environment),
    path: (given.path ?? "/metricast").replace(/\/+$/, "") || "/",
    channels: resolveChannels(given, numbers),
    logger: given.logger ?? silentLogger,
    clock: given.clock ?? systemClock,
    random: given.random ?? systemRandom,
    given,
  };
}

function checkShapes(given: MetricastOptions): void {
  if (!isRecord(given)) throw invalid("options", given);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(numberOptions, name)) continue;
    const check = Object.hasOwn(otherOptions, name)
      ? otherOptions[name as keyof typeof otherOptions]
      : undefined;
    if (!check)
      throw new MetricastError("MC_OPTION_UNKNOWN", `there is no option "${name}"`, { option: name });
    if (!check(value)) throw invalid(name, value);
  }
}

function resolveNumbers(given: MetricastOptions, preset: PresetName): NumberOptions {
  const entries = Object.entries(numberOptions).map(([name, { default: fallback }]) => {
    const option = name as NumberOptionName;
    const value = given[option] === undefined ? (presetNumber(preset, option) ?? fallback) : given[option];
    return [option, checkNumber(option, value)] as const;
  });
  return Object.fromEntries(entries) as NumberOptions;
}

function presetNumber(preset: PresetName, name: string): number | undefined {
  const values: Readonly<Record<string, number>> = presets[preset];
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function checkNumber(name: NumberOptionName, value: unknown): number {
  const { min, max } = numberOptions[name];
  const mayBeFraction = !Number.isInteger(min);
  if (typeof value !== "number" || !(value >= min && value <= max)) {
    throw invalid(name, value, `between ${min} and ${max}`);
  }
  if (!mayBeFraction && !Number.isInteger(value)) throw invalid(name, value, "a whole number");
  return value;
}

function checkRelations(numbers: NumberOptions): void {
  if (numbers.deadAfterMs <= numbers.heartbeatMs) {
    throw invalid("deadAfterMs", numbers.deadAfterMs, `above heartbeatMs (${numbers.heartbeatMs})`);
  }
  if (numbers.stallCloseMs <= numbers.stallLastValuesMs) {
    throw invalid(
      "stallCloseMs",
      numbers.stallCloseMs,
      `above stallLastValuesMs (${numbers.stallLastValuesMs})`,
    );
  }
  if (numbers.shedLastValuesLateMs < numbers.shedLateMs) {
    throw invalid(
      "shedLastValuesLateMs",
      numbers.shedLastValuesLateMs,
      `not below shedLateMs (${numbers.shedLateMs})`,
    );
  }
}

function resolveChannels(given: MetricastOptions, numbers: NumberOptions): Map<string, ResolvedChannel> {
  const asked = new Map(Object.entries(given.channels ?? {}));
  const names = new Set(["metrics", selfChannel, ...builtInEvents, ...asked.keys()]);
  const channels = new Map<string, ResolvedChannel>();
  for (const name of names) {
    const options = asked.get(name) ?? {};
    checkChannel(name, options);
    const sources = [...(options.sources ?? []), ...(name === "metrics" ? (given.sources ?? []) : [])];
    channels.set(name, {
      kind: builtInKind(name) ?? options.kind ?? "metrics",
      intervalMs: checkNumber("intervalMs", orElse(options.intervalMs, numbers.intervalMs)),
      retentionMs: checkNumber("retentionMs", orElse(options.retentionMs, numbers.retentionMs)),
      sources,
      follow: options.follow ?? (name === selfChannel ? "watched" : "always"),
    });
  }
  return channels;
}

function checkChannel(name: string, options: ChannelOptions): void {
  if (!isName(name))
    throw new MetricastError("MC_NAME_INVALID", `"${name}" is no channel name`, { channel: name });
  if (!isRecord(options)) throw invalid(`channels.${name}`, options);
  const unknown = Object.keys(options).find((key) => !channelOptionNames.has(key));
  if (unknown) {
    throw new MetricastError("MC_OPTION_UNKNOWN", `there is no option "channels.${name}.${unknown}"`, {
      option: unknown,
    });
  }
  const { kind, sources, follow } = options;
  if (follow !== undefined && follow !== "always" && follow !== "watched")
    throw invalid(`channels.${name}.follow`, follow);
  const isKind = kind === undefined || kind === "metrics" || kind === "events";
  if (!isKind || (kind !== undefined && kind !== (builtInKind(name) ?? kind)))
    throw invalid(`channels.${name}.kind`, kind);
  if (sources !== undefined && !Array.isArray(sources)) throw invalid(`channels.${name}.sources`, sources);
}

/** The kind of a channel that is always there; it cannot be another. */
function builtInKind(name: string): "metrics" | "events" | undefined {
  if (name === "metrics" || name === selfChannel) return "metrics";
  return builtInEvents.some((builtIn) => builtIn === name) ? "events" : undefined;
}

/** Only what was left out gets a default: null is nonsense, and refused as such. */
function orElse(value: number | undefined, fallback: number): number {
  return value === undefined ? fallback : value;
}

/** Stable across restarts: the pid would make every restart a new instance. */
function defaultInstance(environment: Readonly<Record<string, string | undefined>>): string {
  const host = environment.HOSTNAME || hostname() || "host";
  const worker = workerName(environment);
  const name = [...host].filter((char) => isName(char)).join("") || "host";
  return worker === undefined ? name : `${name}-${worker}`;
}

function workerName(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  return environment.NODE_UNIQUE_ID ?? environment.NODE_APP_INSTANCE ?? environment.pm_id;
}

function invalid(option: string, value: unknown, expected?: string): MetricastError {
  const shown = secretOptions.has(option) ? "(not shown)" : describe(value);
  const wanted = expected === undefined ? "" : `; it must be ${expected}`;
  return new MetricastError("MC_OPTION_INVALID", `option "${option}" is ${shown}${wanted}`, {
    option,
    value: shown,
  });
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}

// --- checks ---

function isName(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9_.:-]{1,255}$/.test(value);
}
function isPlainPath(value: string): boolean {
  return /^[A-Za-z0-9_.~/-]{1,255}$/.test(value) && !value.includes("//") && !value.includes("..");
}
function isSecret(value: unknown): boolean {
  return typeof value === "string" && value.length >= 16;
}
function isBoolean(value: unknown): boolean {
  return typeof value === "boolean";
}
function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
