import { FaultProxy, HttpHost, until } from "@metricast/testkit";
import { type CastOptions, metricast } from "metricast";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { connect } from "./client.js";
import type { ClientOptions } from "./options.js";
import type { Subscription } from "./subscription.js";

/** A service behind something that lets no WebSocket pass, and a client of it. */
async function serve(options: ClientOptions = {}, castOptions: CastOptions = {}) {
  let reads = 0;
  const cast = metricast({
    intervalMs: 100,
    defaultSources: false,
    dashboard: false,
    sources: [() => ({ reads: ++reads, load: 1 })],
    ...castOptions,
  });
  const handler = cast.handler();
  const host = await HttpHost.start((request, response) => void handler(request, response));
  const upgrades: string[] = [];
  host.server.on("upgrade", (request, socket) => {
    upgrades.push(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
  });
  const proxy = await FaultProxy.listen(host.port);
  const states: string[] = [];
  const client = connect(`http://127.0.0.1:${proxy.port}/metricast/?token=${cast.startToken}`, {
    WebSocket,
    reconnect: { minMs: 10, maxMs: 50 },
    ...options,
  });
  client.on("state", ({ name }) => states.push(name));
  onTestFinished(async () => {
    client.close();
    await proxy.close();
    await cast.close();
    await host.close();
  });
  return { cast, client, proxy, states, upgrades };
}

/** The newest value of a view's first series; 0 while there is none. */
function newest({ series }: Subscription): number {
  const [columns] = series.columns().series;
  return columns?.kind === "gauge" ? (columns.last.at(-1) ?? 0) : 0;
}

/** Ticks are real here, and the machine may be busy. */
const soon = (condition: () => boolean) => until(condition, 12_000);
const isLive = (name: string) => name === "live";

describe("where WebSockets are blocked", () => {
  it("goes over to streams by itself, and stays with what worked", async () => {
    const { client, proxy, states, upgrades } = await serve();
    const reads = client.subscribe({ select: "reads" });
    await soon(() => newest(reads) > 2);
    expect(upgrades).toHaveLength(1);
    proxy.cut();
    await soon(() => states.filter(isLive).length === 2);
    expect(upgrades).toHaveLength(1);
  });

  it("takes up more views, leaves some, and goes on in those that stay without a hole", async () => {
    const { client } = await serve();
    const holes: unknown[] = [];
    const reads = client.subscribe({ select: "reads" });
    // A busy machine may miss a tick, which is no fault of the stream.
    reads.on("gap", (gap) => gap.reason !== "not_sampled" && holes.push(gap));
    await soon(() => newest(reads) > 1);
    const load = client.subscribe({ select: "load" });
    await soon(() => newest(load) === 1);
    load.close();
    const before = newest(reads);
    await soon(() => newest(reads) > before + 2);
    expect(holes).toEqual([]);
  });

  it("asks for history and for what there is by plain requests", async () => {
    const { client } = await serve();
    const reads = client.subscribe({ select: "reads" });
    await soon(() => newest(reads) > 1);
    const [channel] = await client.list({ channel: "metrics" });
    expect(channel?.series.map(({ name }) => name)).toEqual(["reads", "load"]);
    const to = Date.now();
    const [block] = await client.query({ select: "reads", from: to - 60_000, to });
    expect(block?.series).toHaveLength(1);
    await expect(client.query({ channel: "nowhere", from: 0, to })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("tells a view that it is refused, and goes on with the others", async () => {
    const { client } = await serve();
    const refused: string[] = [];
    const wrong = client.subscribe({ channel: "nowhere" });
    wrong.on("error", ({ code }) => refused.push(code));
    const reads = client.subscribe({ select: "reads" });
    await soon(() => newest(reads) > 1);
    expect(refused).toEqual(["forbidden"]);
  });

  it("is over for good where the token is wrong, and not where the service is only away", async () => {
    const wrong = await serve({ token: "wrong", transport: "stream" });
    await soon(() => wrong.client.state.name === "closed");
    expect(wrong.client.state).toMatchObject({ code: 4502 });
    const away = await serve({ transport: "stream" });
    away.client.subscribe();
    await soon(() => away.client.state.name === "live");
    await away.cast.close();
    await soon(() => away.client.state.name === "waiting");
    expect(away.upgrades).toEqual([]);
  });
});
