import { createServer } from "node:http";
import { httpTiming, metricast } from "metricast";

const timing = httpTiming();
const cast = metricast({ intervalMs: 1_000, sources: [timing.source] });
const handle = cast.handler();

const server = createServer((request, response) => {
  timing.observe(request, response, request.url === "/" ? "/" : undefined);
  handle(request, response, () => response.end("hello\n"));
});
cast.attach(server);
server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`metricast: ${cast.url}`));

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await cast.close();
    server.close();
    server.closeAllConnections();
  });
}
