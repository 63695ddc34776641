import type { NumberOptionName } from "./limit-options.js";
import type { MetricastOptions } from "./options.js";
import { presets } from "./presets.js";

export interface OtherOption {
  readonly fits: (value: unknown) => boolean;
  /** Ends "it must be …". */
  readonly expected: string;
}

export const nameRule = "letters, digits and _ . : -, at most 255";

const aName: OtherOption = { fits: isName, expected: nameRule };
const aFunction: OtherOption = { fits: isFunction, expected: "a function" };
const aSecret: OtherOption = { fits: isSecret, expected: "a text of at least 16 characters" };
const aBoolean: OtherOption = { fits: isBoolean, expected: "true or false" };
const anObject: OtherOption = { fits: isRecord, expected: "an object" };

type OtherOptionName = Exclude<keyof MetricastOptions, NumberOptionName>;

/** Every option that is not a number. */
export const otherOptions: { readonly [name in OtherOptionName]-?: OtherOption } = {
  preset: {
    fits: (value) => typeof value === "string" && Object.hasOwn(presets, value),
    expected: Object.keys(presets).join(" or "),
  },
  service: aName,
  instance: aName,
  path: {
    fits: (value) => typeof value === "string" && value.startsWith("/") && isPlainPath(value),
    expected: "a path as /metricast: a slash, then letters, digits and _ . ~ / -",
  },
  sources: { fits: Array.isArray, expected: "an array of functions and of { name, read }" },
  channels: anObject,
  store: {
    fits: (value) => isRecord(value) && isFunction(value.append),
    expected: "a store, as redisStore({ url }) makes one",
  },
  authenticate: aFunction,
  authorize: aFunction,
  identify: aFunction,
  secret: aSecret,
  secrets: {
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isSecret),
    expected: "an array of texts of at least 16 characters",
  },
  startSecret: aSecret,
  metricsToken: aSecret,
  public: aBoolean,
  origins: { fits: isStrings, expected: 'an array of origins, as ["https://app.example.com"]' },
  trustProxy: { fits: isStrings, expected: 'an array of addresses, as ["127.0.0.1", "10.0.0.0/8"]' },
  production: aBoolean,
  shed: aBoolean,
  alerts: { fits: isRecord, expected: "an object, { rules: […], webhook }" },
  logger: {
    fits: (value) =>
      isRecord(value) && ["debug", "info", "warn", "error"].every((name) => isFunction(value[name])),
    expected: "an object with debug, info, warn and error, as pino makes one",
  },
  clock: { fits: (value) => isRecord(value) && isFunction(value.monotonicMs), expected: "a Clock" },
  random: { fits: (value) => isRecord(value) && isFunction(value.bytes), expected: "a Random" },
};

export function isName(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z0-9_.:-]{1,255}$/.test(value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
