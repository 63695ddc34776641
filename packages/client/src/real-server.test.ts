import { once } from "node:events";
import { createServer } from "node:http";
import { FaultProxy, freePort, manualClock, until } from "@metricast/testkit";
import { metricast } from "metricast";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { connect } from "./client.js";
import type { Subscription } from "./subscription.js";

const intervalMs = 1_000;
const secret = "a secret of more than 16 characters";

/** Values follow from the tick, so that whatever the client holds can be checked. */
const wave = (tick: number) => Math.round(1_000 * Math.sin(tick / 7)) / 8;
const total = (tick: number) => 3 * tick;

async function serve(startMs?: number, port = 0) {
  const clock = manualClock(startMs);
  const read = ({ now }: { readonly now: number }) => {
    const tick = now / intervalMs;
    return [
      { name: "wave", value: wave(tick) },
      { name: "total", value: total(tick), kind: "counter" as const },
      ...Array.from({ length: 20 }, (_, k) => ({ name: `other_${k}`, value: wave(tick + k) })),
    ];
  };
  const sources = [{ name: "known", read }];
  const cast = metricast({ clock, intervalMs, secret, defaultSources: false, sources });
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  cast.attach(server);
  const address = server.address();
  const close = async () => {
    await cast.close();
    server.close();
  };
  onTestFinished(close);
  await clock.advanceAsync(0);
  return {
    clock,
    close,
    port: typeof address === "object" && address ? address.port : port,
    query: `${cast.options.path}/?token=${cast.startToken}`,
    run: (ticks: number) => clock.advanceAsync(ticks * intervalMs),
  };
}

/** A client behind a proxy that can be told to misbehave. */
async function watchThroughProxy(
  { port, query }: { readonly port: number; readonly query: string },
  codec: "binary" | "json",
) {
  const proxy = await FaultProxy.listen(port);
  const client = connect(`http://127.0.0.1:${proxy.port}${query}`, {
    WebSocket,
    codec,
    reconnect: { minMs: 10, maxMs: 50 },
  });
  onTestFinished(async () => {
    client.close();
    await proxy.close();
  });
  const told: unknown[] = [];
  const watch = (options: Parameters<typeof client.subscribe>[0]) => {
    const subscription = client.subscribe(options);
    for (const type of ["gap", "resumed", "error"] as const) {
      subscription.on(type, (payload) => told.push([type, payload]));
    }
    return subscription;
  };
  client.on("error", ({ code }) => told.push(["client", code]));
  return { client, proxy, told, watch };
}

function lastTick(subscription: Subscription): number {
  return (subscription.series.columns().times.at(-1) ?? 0) / intervalMs;
}

/** Every tick from the first held on is there, with the value it had and the growth it brought. */
function expectExact(subscription: Subscription, ticks: number): void {
  const { times, series } = subscription.series.columns();
  const held = Array.from(times, (ms) => ms / intervalMs);
  const [first = 0] = held;
  expect(held).toEqual(Array.from({ length: ticks }, (_, k) => first + k));
  for (const columns of series) {
    if (columns.kind === "gauge" && columns.key === "wave") expect([...columns.last]).toEqual(held.map(wave));
    if (columns.kind !== "counter") continue;
    expect([...columns.last]).toEqual(held.map(total));
    expect([...columns.increase].slice(1)).toEqual(held.slice(1).map(() => 3));
  }
  expect(subscription.series.gaps).toEqual([]);
}

describe.each(["binary", "json"] as const)("with a real server, in %s", (codec) => {
  it("holds every tick exactly, over cuts of the connection", async () => {
    const server = await serve();
    await server.run(60);
    const { client, proxy, told, watch } = await watchThroughProxy(server, codec);
    const subscription = watch({ select: ["wave", "total"], sinceMs: 30_000, points: 30 });
    await until(() => subscription.series.columns().times.length === 30);
    const joined = lastTick(subscription);
    for (let round = 1; round <= 5; round++) {
      await server.run(2);
      await until(() => lastTick(subscription) === joined + round * 5 - 3);
      proxy.cut();
      await until(() => client.state.name !== "live");
      await server.run(3);
      await until(() => lastTick(subscription) === joined + round * 5);
      await until(() => subscription.series.gaps.length === 0);
    }
    expectExact(subscription, 55);
    expect(told).toEqual(Array.from({ length: 5 }, () => ["resumed", { outcome: "complete" }]));
  });

  // Beyond thirty seconds the server takes the client for dead.
  it.each([
    [20, []],
    [40, [["resumed", { outcome: "complete" }]]],
  ])("holds every tick exactly after its network stood still for %i seconds", async (seconds, expected) => {
    const server = await serve();
    await server.run(5);
    const { proxy, told, watch } = await watchThroughProxy(server, codec);
    const subscription = watch({});
    await until(() => subscription.series.latest().size === 22);
    const joined = lastTick(subscription);
    proxy.mode = "blackhole";
    await server.run(seconds);
    proxy.mode = "pass";
    await until(() => lastTick(subscription) === joined + seconds && subscription.series.gaps.length === 0);
    expectExact(subscription, seconds + 1);
    expect(told).toEqual(expected);
  });

  it("changes what it watches, and has the past of what is new", async () => {
    const server = await serve();
    await server.run(60);
    const { told, watch } = await watchThroughProxy(server, codec);
    const subscription = watch({ select: "other_*" });
    await until(() => subscription.series.latest().size === 20);
    subscription.update({ select: ["wave", "total"], sinceMs: 20_000, points: 20 });
    await until(
      () => subscription.series.columns().times.length === 20 && subscription.series.gaps.length === 0,
    );
    await server.run(3);
    await until(() => subscription.series.columns().times.length === 23);
    expectExact(subscription, 23);
    expect([...subscription.series.latest().keys()].sort()).toEqual(["total", "wave"]);
    expect(told).toEqual([]);
  });

  it("says that it cannot go on where the server is a new one", async () => {
    const port = await freePort();
    const first = await serve(undefined, port);
    const { told, watch, client } = await watchThroughProxy(first, codec);
    const subscription = watch({ select: "wave" });
    await until(() => subscription.series.latest().size === 1);
    const before = lastTick(subscription);
    await first.close();
    await until(() => client.state.name === "waiting");
    const second = await serve(first.clock.dateMs() + 100_000, port);
    await until(() => lastTick(subscription) === before + 100);
    await second.run(1);
    await until(() => lastTick(subscription) === before + 101);
    const gap = { fromMs: before * intervalMs, toMs: (before + 99) * intervalMs, reason: "epoch_changed" };
    expect(told.filter((entry) => Array.isArray(entry) && entry[0] !== "client")).toEqual([
      ["resumed", { outcome: "reset" }],
      ["gap", gap],
    ]);
    expect(subscription.series.gaps).toEqual([gap]);
  });
});
