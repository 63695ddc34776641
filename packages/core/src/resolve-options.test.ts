import { describe, expect, test } from "vitest";
import { MetricastError } from "./errors.js";
import { type NumberOptionName, numberOptions } from "./limit-options.js";
import type { MetricastOptions } from "./options.js";
import { presets } from "./presets.js";
import { resolveOptions } from "./resolve-options.js";

/** What a host in JavaScript may give. */
function refusal(given: unknown, environment = {}): MetricastError {
  try {
    resolveOptions(given as MetricastOptions, environment);
  } catch (error) {
    if (error instanceof MetricastError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

const names = Object.keys(numberOptions) as NumberOptionName[];

describe("every number", () => {
  // Relations between options are satisfied by the defaults; one that moves to its bound takes its partner along.
  const partners: Partial<Record<NumberOptionName, MetricastOptions>> = {
    deadAfterMs: { heartbeatMs: 50 },
    heartbeatMs: { deadAfterMs: numberOptions.deadAfterMs.max },
    stallCloseMs: { stallLastValuesMs: 100 },
    stallLastValuesMs: { stallCloseMs: numberOptions.stallCloseMs.max },
    shedLastValuesLateMs: { shedLateMs: 1 },
    shedLateMs: { shedLastValuesLateMs: numberOptions.shedLastValuesLateMs.max },
  };

  test.each(names)("%s is taken at its bounds and refused past them", (name) => {
    const { min, max } = numberOptions[name];
    const least = name === "stallCloseMs" ? 101 : min;
    const most = name === "stallLastValuesMs" ? max - 1 : max;
    for (const value of [least, most]) {
      expect(resolveOptions({ ...partners[name], [name]: value }, {})[name]).toBe(value);
    }
    for (const value of [min - 1, min - 0.001, max + 1, -1, Infinity, -Infinity]) {
      const error = refusal({ [name]: value });
      expect(error.code).toBe("MC_OPTION_INVALID");
      expect(error.details).toEqual({ option: name, value: String(value) });
      expect(error.message).toContain(`"${name}" is ${value}`);
    }
  });

  test.each(names)("%s refuses what is no number", (name) => {
    const nonsense: [unknown, string][] = [
      [Number.NaN, "NaN"],
      ["10", '"10"'],
      ["", '""'],
      [null, "null"],
      [true, "true"],
      [10n, "10"],
      [{}, "an object"],
      [[10], "an array"],
      [() => 10, "a function"],
      [Symbol("ten"), "Symbol(ten)"],
    ];
    for (const [value, shown] of nonsense) {
      const error = refusal({ [name]: value });
      expect(error.code).toBe("MC_OPTION_INVALID");
      expect(error.details).toEqual({ option: name, value: shown });
    }
  });

  test.each(names)("%s left undefined is the default, which keeps to the bounds", (name) => {
    const { default: fallback, min, max } = numberOptions[name];
    expect(fallback).toBeGreaterThanOrEqual(min);
    expect(fallback).toBeLessThanOrEqual(max);
    expect(resolveOptions({ [name]: undefined, preset: "production" }, {})[name]).toBe(fallback);
  });

  test.each(names.filter((name) => name !== "fanOutSliceMs"))("%s is a whole number", (name) => {
    expect(refusal({ [name]: numberOptions[name].max - 0.5 }).details).toMatchObject({ option: name });
  });
});

describe("relations", () => {
  test("a peer is not dead before it was pinged", () => {
    expect(refusal({ heartbeatMs: 30_000 }).details).toEqual({ option: "deadAfterMs", value: "30000" });
  });

  test("a stalled session gets last values before it is closed", () => {
    expect(refusal({ stallLastValuesMs: 60_000 }).details).toMatchObject({ option: "stallCloseMs" });
  });

  test("ticks are shed before anything else is", () => {
    expect(refusal({ shedLateMs: 151 }).details).toMatchObject({ option: "shedLastValuesLateMs" });
    expect(resolveOptions({ shedLateMs: 150 }, {})).toMatchObject({ shed: true, shedLateMs: 150 });
  });
});

describe("presets", () => {
  test.each(Object.entries(presets))(
    "%s sets clients and interval, and gives way to what is given",
    (preset, values) => {
      const name = preset as keyof typeof presets;
      expect(resolveOptions({ preset: name }, {})).toMatchObject(values);
      expect(resolveOptions({ preset: name, maxClients: 7 }, {})).toMatchObject({ ...values, maxClients: 7 });
    },
  );

  test("follow NODE_ENV where none is given", () => {
    expect(resolveOptions({}, { NODE_ENV: "production" })).toMatchObject({
      preset: "production",
      production: true,
    });
    expect(resolveOptions({}, { NODE_ENV: "test" })).toMatchObject({
      preset: "development",
      production: false,
    });
    expect(resolveOptions({ production: false }, { NODE_ENV: "production" })).toMatchObject({
      preset: "development",
      production: false,
    });
  });

  test.each(["fast", "constructor", "", null, 1])("%j is none", (preset) => {
    expect(refusal({ preset })).toMatchObject({ code: "MC_OPTION_INVALID", details: { option: "preset" } });
  });
});

describe("names of options", () => {
  test.each(["maxclients", "retentionMillis", "constructor", "toString", "__proto__"])(
    "%s is unknown",
    (name) => {
      const error = refusal(JSON.parse(`{"${name}":1}`));
      expect(error).toMatchObject({ code: "MC_OPTION_UNKNOWN", details: { option: name } });
      expect(error.message).toContain(name);
    },
  );

  test.each([
    [{ intervallMs: 1 }, 'there is no option "intervallMs"; did you mean "intervalMs"?'],
    [{ authenticat: () => null }, 'there is no option "authenticat"; did you mean "authenticate"?'],
    [
      { channels: { slow: { interval: 1 } } },
      'there is no option "channels.slow.interval"; did you mean "intervalMs"?',
    ],
    [{ port: 3_000 }, 'there is no option "port"'],
  ])("%j: %s", (given, message) => {
    expect(refusal(given).message).toBe(`MC_OPTION_UNKNOWN: ${message}`);
  });

  test.each([null, 5, "x", []])("%j are no options", (given) => {
    expect(refusal(given)).toMatchObject({ code: "MC_OPTION_INVALID", details: { option: "options" } });
  });
});

describe("other options refuse nonsense", () => {
  const nonsense: [string, unknown[]][] = [
    ["service", ["", "a b", 5, "x".repeat(256), "a\n", null]],
    ["instance", ["", "ä", {}]],
    ["path", ["metricast", "", "/a b", "/a//b", "/../a", "/a?b", "/a\r\nb", 5, null]],
    ["sources", [{}, "x", null]],
    ["channels", [[], "x", null]],
    ["store", [{}, { append: 5 }, null]],
    ["authenticate", [{}, true, null]],
    ["authorize", ["x"]],
    ["identify", [5]],
    ["public", ["true", 1, null]],
    ["production", ["production"]],
    ["origins", ["https://a", [5], {}]],
    ["trustProxy", ["10.0.0.0/8", [null], true]],
    ["logger", [{}, { info() {} }, console.log]],
    ["clock", [{}, Date]],
    ["random", [{}, Math]],
  ];
  test.each(nonsense)("%s", (option, values) => {
    for (const value of values) {
      const error = refusal({ [option]: value });
      expect(error).toMatchObject({ code: "MC_OPTION_INVALID", details: { option } });
      expect(error.message).toMatch(/must be ./);
    }
  });

  test("an address range or an origin that is none", () => {
    expect(refusal({ trustProxy: ["10.0.0.0/99"] }).code).toBe("MC_OPTION_INVALID");
    expect(refusal({ origins: ["not an origin"] }).code).toBe("MC_OPTION_INVALID");
  });
});

describe("secrets", () => {
  const short = "hunter2-hunter2";
  test.each([
    ["secret", short],
    ["secret", { key: short }],
    ["secrets", [short]],
    ["secrets", short],
    ["secrets", []],
  ])("%s: what is refused is not shown", (option, value) => {
    const error = refusal({ [option]: value });
    expect(error).toMatchObject({ code: "MC_OPTION_INVALID", details: { option, value: "(not shown)" } });
    expect(JSON.stringify([error.message, error.details, error.stack?.split("\n")[0]])).not.toContain(
      "hunter2",
    );
  });

  test("of 16 characters are taken", () => {
    expect(resolveOptions({ secret: `${short}x` }, {}).given.secret).toBe(`${short}x`);
    expect(refusal({ secret: `${short}x`, maxClients: -1 }).message).not.toContain("hunter2");
  });
});

describe("channels", () => {
  test("metrics, events and our own are always there", () => {
    const { channels } = resolveOptions({}, {});
    expect([...channels].map(([name, { kind }]) => [name, kind])).toEqual([
      ["metrics", "metrics"],
      ["metricast", "metrics"],
      ["events", "events"],
      ["alerts", "events"],
      ["system", "events"],
    ]);
  });

  test("take the options' interval and retention unless they name their own", () => {
    const { channels } = resolveOptions(
      {
        intervalMs: 1_000,
        retentionMs: 120_000,
        channels: { slow: { intervalMs: 60_000 }, metrics: { retentionMs: 60_000 } },
      },
      {},
    );
    expect(channels.get("slow")).toMatchObject({ kind: "metrics", intervalMs: 60_000, retentionMs: 120_000 });
    expect(channels.get("metrics")).toMatchObject({ intervalMs: 1_000, retentionMs: 60_000 });
  });

  test("sources of the options are those of metrics", () => {
    const source = () => ({ a: 1 });
    const other = () => ({ b: 1 });
    const { channels } = resolveOptions(
      { sources: [source], channels: { metrics: { sources: [other] }, more: { sources: [source] } } },
      {},
    );
    expect(channels.get("metrics")?.sources).toEqual([other, source]);
    expect(channels.get("more")?.sources).toEqual([source]);
    expect(channels.get("metricast")?.sources).toEqual([]);
  });

  test("a built-in one keeps its kind", () => {
    expect(
      resolveOptions({ channels: { deploys: { kind: "events" } } }, {}).channels.get("deploys")?.kind,
    ).toBe("events");
    for (const [name, kind] of [
      ["metrics", "events"],
      ["metricast", "events"],
      ["events", "metrics"],
      ["alerts", "metrics"],
    ]) {
      expect(refusal({ channels: { [name ?? ""]: { kind } } }).details).toMatchObject({
        option: `channels.${name}.kind`,
      });
    }
  });

  test.each(["", "a b", "a/b", "*", "x".repeat(256)])("%j is no name", (name) => {
    expect(refusal({ channels: { [name]: {} } })).toMatchObject({
      code: "MC_NAME_INVALID",
      details: { channel: name },
    });
  });

  test("refuse nonsense in their options", () => {
    expect(refusal({ channels: { a: { interval: 1 } } }).code).toBe("MC_OPTION_UNKNOWN");
    for (const options of [
      5,
      { kind: "gauges" },
      { kind: null },
      { intervalMs: 1 },
      { intervalMs: null },
      { sources: {} },
    ]) {
      expect(refusal({ channels: { a: options } }).code).toBe("MC_OPTION_INVALID");
    }
  });
});

describe("defaults that come from around", () => {
  test("an instance is named by host and worker, never by pid", () => {
    expect(resolveOptions({}, { HOSTNAME: "web 1" }).instance).toBe("web1");
    expect(resolveOptions({}, { HOSTNAME: "web", NODE_UNIQUE_ID: "3" }).instance).toBe("web-3");
    expect(resolveOptions({}, { HOSTNAME: "web", NODE_APP_INSTANCE: "0" }).instance).toBe("web-0");
    expect(resolveOptions({}, {}).instance).not.toContain(String(process.pid));
    expect(resolveOptions({ instance: "mine" }, { HOSTNAME: "web" }).instance).toBe("mine");
  });

  test("a path loses its last slash, but not its only one", () => {
    expect(resolveOptions({ path: "/a/b/" }, {}).path).toBe("/a/b");
    expect(resolveOptions({ path: "/" }, {}).path).toBe("/");
    expect(resolveOptions({}, {}).path).toBe("/metricast");
  });

  test("what was given is not changed", () => {
    const given: MetricastOptions = Object.freeze({ channels: Object.freeze({ a: Object.freeze({}) }) });
    expect(resolveOptions(given, {}).given).toBe(given);
  });
});
