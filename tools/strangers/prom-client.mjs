// A registry's counters, histograms and default metrics, as metricast gives them to Prometheus.
import assert from "node:assert/strict";
import { metricast, promClientDefaults, promClientSource } from "metricast";

const { collectDefaultMetrics, Counter, Histogram, Registry } = await import(process.argv[2]);
const registry = new Registry();
new Counter({ name: "orders_total", help: "Orders.", labelNames: ["country"], registers: [registry] }).inc(
  { country: "de" },
  3,
);
new Histogram({ name: "took_seconds", help: "Took.", buckets: [0.1, 1], registers: [registry] }).observe(0.5);
const cast = metricast({
  intervalMs: 200,
  defaultSources: false,
  sources: [
    promClientSource({ registry }),
    promClientDefaults({ registry: new Registry(), collectDefaultMetrics }),
  ],
});
const select = ["orders_total", "took_seconds", "process_cpu_seconds_total"];
const known = () => cast.query({ select, from: 0, to: Date.now() }).series;
for (let waits = 0; known().length < select.length && waits < 50; waits += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
assert.deepEqual(
  known()
    .map(({ info }) => `${info.name} ${info.kind}`)
    .sort(),
  ["orders_total counter", "process_cpu_seconds_total counter", "took_seconds histogram"],
);
await cast.close();
