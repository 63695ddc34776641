import * as prometheusIo from "@prometheus-io/client";
import * as promClient from "prom-client";
import { expect, it } from "vitest";
import { promClientDefaults } from "./prom-client-defaults.js";

const context = { now: 0, signal: new AbortController().signal };

it.each([
  [
    "prom-client",
    (prefix: string) => promClientDefaults({ ...promClient, registry: new promClient.Registry(), prefix }),
  ],
  [
    "@prometheus-io/client",
    (prefix: string) =>
      promClientDefaults({ ...prometheusIo, registry: new prometheusIo.Registry(), prefix }),
  ],
])("the default metrics of %s are there by their names", async (_, defaults) => {
  const samples = await defaults("shop_").read(context);
  expect(samples).toContainEqual(
    expect.objectContaining({ name: "shop_process_resident_memory_bytes", unit: "bytes" }),
  );
});

it("leaves the library's own registry alone", () => {
  const before = promClient.register.getMetricsAsArray().length;
  const { collectDefaultMetrics, Registry } = promClient;
  const source = promClientDefaults({ collectDefaultMetrics, registry: new Registry(), lazy: true });
  expect([source.lazy, promClient.register.getMetricsAsArray().length]).toEqual([true, before]);
});
