import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { metricast } from "metricast";

const cast = metricast({ intervalMs: 1_000 });
const greeted = cast.counter("greetings_total", { labels: ["name"], help: "Visitors greeted." });
const handle = cast.handler();

const app = new Hono();
app.get("/hello/:name", (context) => {
  const name = context.req.param("name");
  greeted.inc(1, { name });
  return context.text(`hello ${name}\n`);
});

// metricast speaks node:http: it is asked first, and Hono answers everything else.
const answer = getRequestListener(app.fetch);
const server = createServer((request, response) => {
  if (!handle(request, response)) void answer(request, response);
});
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`metricast: ${cast.url}`);
});
cast.attach(server);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    server.close();
    server.closeAllConnections();
    process.exit(0);
  });
}
