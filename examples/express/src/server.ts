import { setTimeout as pause } from "node:timers/promises";
import express from "express";
import { httpTiming, metricast } from "metricast";
import { visit } from "./visitors.js";

const timing = httpTiming();
const cast = metricast({ intervalMs: 1_000, sources: [timing.source] });
const orders = cast.counter("shop_orders_total", { labels: ["country"], help: "Orders placed." });
const basket = cast.gauge("shop_basket_value", { unit: "euros", help: "Value of the newest basket." });

const app = express();
app.use(timing.middleware);
app.use("/metricast", cast.handler()); // health and Prometheus text too
app.get("/", (_request, response) => {
  response.send("a shop that is watched by metricast\n");
});
app.get("/products/:id", async (request, response) => {
  await pause(Math.random() * 20);
  response.json({ id: request.params.id });
});
app.post("/orders", (_request, response) => {
  const euros = Math.round(Math.random() * 20_000) / 100;
  orders.inc(1, { country: Math.random() < 0.7 ? "de" : "fr" });
  basket.set(euros);
  if (euros > 195) cast.event("large_order", { euros });
  response.status(201).end();
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`metricast: ${cast.url}`);
  if (process.env.VISITORS !== "0") void visit(`http://127.0.0.1:${portOf(server)}`);
});
cast.attach(server);
cast.on("error", (error) => console.error(error.message));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    server.close();
    server.closeAllConnections();
    process.exit(0);
  });
}

function portOf({ address }: typeof server): number {
  const bound = address.call(server);
  return typeof bound === "object" && bound ? bound.port : 0;
}
