import { createServer } from "node:http";
import { metricast, scrapeSource } from "metricast";

const url = process.env.SCRAPE_URL ?? "http://127.0.0.1:9100/metrics";
const cast = metricast({ intervalMs: 1_000, sources: [scrapeSource({ url })] });

const handle = cast.handler();
const server = createServer((request, response) => {
  handle(request, response, () => {
    response.statusCode = 404;
    response.end();
  });
});
cast.attach(server);
// Says once a minute at most why the exporter cannot be read.
cast.on("error", (error) => console.error(error.message, error.cause ?? ""));
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`metricast: ${cast.url}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    server.close();
    server.closeAllConnections();
  });
}
