import * as prometheusIo from "@prometheus-io/client";
import * as promClient from "prom-client";
import { expect, it } from "vitest";
import { promClientDefaults } from "./prom-client-defaults.js";

const context = { now: 0, signal: new AbortController().signal };

it.each([
  [
    "prom-client",
    (prefix?: string) => promClientDefaults({ client: promClient, ...(prefix ? { prefix } : {}) }),
  ],
  [
    "@prometheus-io/client",
    (prefix?: string) => promClientDefaults({ client: prometheusIo, ...(prefix ? { prefix } : {}) }),
  ],
])("the default metrics of %s are there, and gone when it is closed", async (_, defaults) => {
  const source = defaults("shop_");
  const samples = await source.read(context);
  expect(samples).toContainEqual(
    expect.objectContaining({ name: "shop_process_resident_memory_bytes", unit: "bytes" }),
  );
  source.close?.();
  expect(await source.read(context)).toEqual([]);
});

it("leaves the library's own registry alone", async () => {
  const before = promClient.register.getMetricsAsArray().length;
  promClientDefaults({ client: promClient }).close?.();
  expect(promClient.register.getMetricsAsArray()).toHaveLength(before);
});
