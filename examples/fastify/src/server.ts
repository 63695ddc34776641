import Fastify from "fastify";
import { httpTiming, metricast } from "metricast";

const timing = httpTiming();
const cast = metricast({ intervalMs: 1_000, sources: [timing.source] });

const app = Fastify();
await app.register(timing.plugin);
app.get("/hello/:name", async (request) => ({ hello: request.params }));
app.addHook("onClose", () => cast.close());

// Fastify has answered nothing here: metricast's handler writes the response itself.
const handle = cast.handler();
app.all("/metricast/*", (request, reply) => {
  reply.hijack();
  handle(request.raw, reply.raw);
});

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
cast.attach(app.server);
console.log(`metricast: ${cast.url}`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await app.close();
    process.exit(0);
  });
}
