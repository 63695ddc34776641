// The page, request timing by route, and a client on the socket, beside an Express app's own routes.
import assert from "node:assert/strict";
import { connect } from "@metricast/client";
import express from "express";
import { httpTiming, metricast } from "metricast";
import { WebSocket } from "ws";

const timing = httpTiming();
const cast = metricast({ intervalMs: 100, sources: [timing.source, () => ({ queue_length: 7 })] });
const app = express();
app.use(timing.middleware);
app.use("/team/metrics", cast.handler());
app.get("/orders/:id", (request, response) => response.send(request.params.id));
const server = app.listen(0);
cast.attach(server);
await cast.start();

const base = `http://localhost:${server.address().port}`;
assert.equal(await (await fetch(`${base}/orders/5`)).text(), "5");
const page = await fetch(`${base}/team/metrics/${new URL(cast.url).search}`);
assert.deepEqual([page.status, page.headers.get("content-type")], [200, "text/html; charset=utf-8"]);

const client = connect(cast.url, { WebSocket });
const view = client.subscribe({ select: ["queue_length", "http_request_duration_seconds"] });
const shown = () => [...view.series.latest().values()];
const routes = () => shown().flatMap(({ info }) => info.labels.route ?? []);
for (let waits = 0; !routes().includes("/orders/:id") && waits < 50; waits += 1) {
  await new Promise((resolve) => setTimeout(resolve, 100));
}
assert.deepEqual([routes().includes("/orders/:id"), shown().some(({ value }) => value === 7)], [true, true]);

client.close();
await cast.close();
server.close();
