import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { processSource, promClientSource, scrapeSource } from "./index.js";

const url = "http://127.0.0.1:9100/metrics";
const registry = new Registry();

it.each([
  ["scrapeSource", (lazy: boolean) => scrapeSource({ url, lazy }), () => scrapeSource({ url })],
  [
    "promClientSource",
    (lazy: boolean) => promClientSource({ registry, lazy }),
    () => promClientSource({ registry }),
  ],
  ["processSource", (lazy: boolean) => processSource({ lazy }), () => processSource()],
])("%s is lazy where it is told to be, and not by itself", (_, told, plain) => {
  expect([told(true).lazy, told(false).lazy, plain().lazy]).toEqual([true, false, false]);
});
