// The plugin's routes behind the app's own hook, and timing by route.
import assert from "node:assert/strict";
import metricast from "@metricast/fastify";
import Fastify from "fastify";
import { httpTiming } from "metricast";

const timing = httpTiming();
const app = Fastify().register(timing.plugin);
app.addHook("onRequest", async (request, reply) => {
  if (request.headers["x-user"] !== "ann") await reply.code(401).send();
});
const identify = ({ headers }) => ({ id: headers["x-user"] });
app.register(metricast, { sources: [timing.source], identify });
app.get("/orders/:id", async ({ params }) => params);
const base = await app.listen({ port: 0 });
const ask = (path, headers = { "x-user": "ann" }) => fetch(`${base}${path}`, { headers });

assert.deepEqual(await (await ask("/orders/5")).json(), { id: "5" });
assert.equal((await ask("/metricast/", {})).status, 401);
assert.match(await (await ask("/metricast/")).text(), /<title>/);
await app.close();
