import { createServer } from "node:http";
import { metricast, promClientSource } from "metricast";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";

// The service as it was: a registry that Prometheus scrapes.
const registry = new Registry();
collectDefaultMetrics({ register: registry });
const sizes = new Histogram({
  name: "shop_order_items",
  help: "Items in an order.",
  labelNames: ["country"],
  buckets: [1, 2, 5, 10],
  registers: [registry],
});

// The one line that is new, and the same metrics are live. The registry has the process's own: no need for them twice.
const cast = metricast({
  intervalMs: 1_000,
  defaultSources: false,
  sources: [promClientSource({ registry })],
});

const handle = cast.handler();
const server = createServer((request, response) => {
  handle(request, response, async () => {
    if (request.url === "/metrics") {
      response.setHeader("content-type", registry.contentType);
      response.end(await registry.metrics());
      return;
    }
    sizes.observe({ country: Math.random() < 0.7 ? "de" : "fr" }, Math.ceil(Math.random() * 12));
    response.end("thank you for your order\n");
  });
});
cast.attach(server);
cast.on("error", (error) => console.error(error.message));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`metricast: ${cast.url}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    server.close();
    server.closeAllConnections();
  });
}
