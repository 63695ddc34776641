import Koa from "koa";
import { httpTiming, metricast } from "metricast";

const timing = httpTiming();
const cast = metricast({ intervalMs: 1_000, sources: [timing.source] });
const greeted = cast.counter("greetings_total", { labels: ["name"], help: "Visitors greeted." });
const handle = cast.handler();

const app = new Koa();
app.use((ctx, next) => {
  timing.observe(ctx.req, ctx.res);
  return next();
});
app.use(async (ctx, next) => {
  // What is metricast's is answered on the response beneath; Koa is told to leave it alone.
  if (handle(ctx.req, ctx.res)) ctx.respond = false;
  else await next();
});
app.use((ctx) => {
  const name = ctx.path.slice(1) || "world";
  greeted.inc(1, { name });
  ctx.body = `hello ${name}\n`;
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
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
