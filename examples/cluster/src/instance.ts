// One instance of the service: the same program for all, told apart by INSTANCE.
import { createServer } from "node:http";
import { redisStore } from "@metricast/store-redis";
import { metricast } from "metricast";

const { INSTANCE = "web-1", PORT = "3001", REDIS_URL = "redis://127.0.0.1:6379", START_SECRET } = process.env;

const cast = metricast({
  service: "shop",
  instance: INSTANCE, // stable: a restart finds its own history by it
  intervalMs: 1_000,
  store: redisStore({ url: REDIS_URL }),
  trustProxy: ["127.0.0.1"],
  ...(START_SECRET !== undefined && { startSecret: START_SECRET }), // one token for all instances
});
cast.on("error", ({ message }) => console.error(`${INSTANCE}: ${message}`));

cast.gauge("shop_instances", { help: "Instances that live." }).set(1); // gauges are added up
const visitors = cast.gauge("shop_visitors", { help: "Visitors now." });
const orders = cast.counter("shop_orders_total", { help: "Orders placed." });
let present = 20;
setInterval(() => {
  present = Math.min(40, Math.max(0, present + Math.round(Math.random() * 4 - 2)));
  visitors.set(present);
  if (Math.random() < 0.3) orders.inc();
}, 100).unref();

const handle = cast.handler();
const server = createServer((request, response) => {
  handle(request, response, () => response.end(`hello from ${INSTANCE}\n`));
});
cast.attach(server);
server.listen(Number(PORT), "127.0.0.1", () => console.log(`up: ${cast.url}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close({ drainMs: 1_000 }); // clients go to the others, one after the other
    server.close();
    server.closeAllConnections();
  });
}
