import { Registry } from "prom-client";
import { expect, it } from "vitest";
import {
  openTelemetryReader,
  processSource,
  promClientSource,
  redisInfoSource,
  runtimeResourcesSource,
  scrapeSource,
  scrapeTargets,
} from "./index.js";

const url = "http://127.0.0.1:9100/metrics";
const registry = new Registry();
const client = { info: async () => "" };

it.each([
  ["scrapeSource", (lazy: boolean) => scrapeSource({ url, lazy }), () => scrapeSource({ url })],
  [
    "promClientSource",
    (lazy: boolean) => promClientSource({ registry, lazy }),
    () => promClientSource({ registry }),
  ],
  ["processSource", (lazy: boolean) => processSource({ lazy }), () => processSource()],
  [
    "openTelemetryReader",
    (lazy: boolean) => openTelemetryReader({ lazy }).source,
    () => openTelemetryReader().source,
  ],
  [
    "redisInfoSource",
    (lazy: boolean) => redisInfoSource({ client, lazy }),
    () => redisInfoSource({ client }),
  ],
  [
    "runtimeResourcesSource",
    (lazy: boolean) => runtimeResourcesSource({ lazy }),
    () => runtimeResourcesSource(),
  ],
])("%s is lazy where it is told to be, and not by itself", (_, told, plain) => {
  expect([told(true).lazy, told(false).lazy, plain().lazy]).toEqual([true, false, false]);
});

it("scrapeTargets is lazy as a whole", () => {
  const laziness = (lazy?: boolean) => scrapeTargets({ targets: [url], ...(lazy ? { lazy } : {}) });
  expect(laziness(true).map((source) => source.lazy)).toEqual([true, true]);
  expect(laziness().map((source) => source.lazy)).toEqual([false, false]);
});
