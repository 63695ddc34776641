import { hostname } from "node:os";
import { systemClock } from "./clock.js";
import type { Clock } from "./contracts/clock.js";
import { type Logger, silentLogger } from "./contracts/logger.js";
import type { Random } from "./contracts/random.js";
import { MetricastError } from "./errors.js";
import { type NumberOptionName, type NumberOptions, numberOptions } from "./limit-options.js";
import { nearHint } from "./near-name.js";
import type { ChannelOptions, MetricastOptions } from "./options.js";
import { isName, isRecord, nameRule, type OtherOption, otherOptions } from "./other-options.js";
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
  if (!isRecord(given)) throw invalid("options", given, "an object");
  const known: ReadonlyMap<string, OtherOption> = new Map(Object.entries(otherOptions));
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || Object.hasOwn(numberOptions, name)) continue;
    const option = known.get(name);
    if (!option) throw unknownOption(name, [...known.keys(), ...Object.keys(numberOptions)]);
    if (!option.fits(value)) throw invalid(name, value, option.expected);
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
    throw new MetricastError("MC_NAME_INVALID", `a channel's name is ${nameRule}: "${name}"`, {
      channel: name,
    });
  const at = `channels.${name}`;
  if (!isRecord(options)) throw invalid(at, options, "an object");
  const unknown = Object.keys(options).find((key) => !channelOptionNames.has(key));
  if (unknown) throw unknownOption(unknown, channelOptionNames, at);
  const { kind, sources, follow } = options;
  if (follow !== undefined && follow !== "always" && follow !== "watched")
    throw invalid(`${at}.follow`, follow, "always or watched");
  const fixed = builtInKind(name);
  const isKind = kind === undefined || kind === "metrics" || kind === "events";
  if (!isKind || (kind !== undefined && kind !== (fixed ?? kind)))
    throw invalid(`${at}.kind`, kind, fixed ?? "metrics or events");
  if (sources !== undefined && !Array.isArray(sources))
    throw invalid(`${at}.sources`, sources, otherOptions.sources.expected);
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

function unknownOption(name: string, known: Iterable<string>, at?: string): MetricastError {
  const whole = at === undefined ? name : `${at}.${name}`;
  return new MetricastError("MC_OPTION_UNKNOWN", `there is no option "${whole}"${nearHint(name, known)}`, {
    option: name,
  });
}

function invalid(option: string, value: unknown, expected: string): MetricastError {
  const shown = secretOptions.has(option) ? "(not shown)" : describe(value);
  return new MetricastError("MC_OPTION_INVALID", `option "${option}" is ${shown}; it must be ${expected}`, {
    option,
    value: shown,
  });
}

function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}
