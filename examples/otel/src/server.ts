import { createServer } from "node:http";
import { metrics } from "@opentelemetry/api";
import { AggregationType, MeterProvider } from "@opentelemetry/sdk-metrics";
import { metricast, openTelemetryReader } from "metricast";

// The two lines that are new: a reader for the provider, and its source.
const reader = openTelemetryReader();
const cast = metricast({ intervalMs: 1_000, sources: [reader.source] });

// The service as it was, but for one reader more.
const provider = new MeterProvider({
  readers: [reader],
  views: [{ instrumentName: "order.duration", aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
});
metrics.setGlobalMeterProvider(provider);

const meter = metrics.getMeter("shop");
const orders = meter.createCounter("orders.placed", { description: "Orders placed.", unit: "{order}" });
const open = meter.createUpDownCounter("orders.open", { description: "Orders that are being taken." });
const durations = meter.createHistogram("order.duration", { description: "Time of an order.", unit: "s" });

const handle = cast.handler();
const server = createServer((request, response) => {
  handle(request, response, () => {
    const started = performance.now();
    open.add(1);
    response.once("close", () => {
      open.add(-1);
      durations.record((performance.now() - started) / 1_000);
    });
    orders.add(1, { country: Math.random() < 0.7 ? "de" : "fr" });
    response.end("thank you for your order\n");
  });
});
cast.attach(server);
cast.on("error", (error) => console.error(error.message));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`metricast: ${cast.url}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    await provider.shutdown();
    server.close();
    server.closeAllConnections();
  });
}
