import metricast from "@metricast/fastify";
import Fastify from "fastify";
import { httpTiming } from "metricast";

const timing = httpTiming();

const app = Fastify();
await app.register(timing.plugin);
await app.register(metricast, { intervalMs: 1_000, sources: [timing.source] });
app.get("/hello/:name", async (request) => ({ hello: request.params }));

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
console.log(`metricast: ${app.metricast.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await app.close();
    process.exit(0);
  });
}
