import { connect } from "@metricast/client";
import { FaultProxy, noteFigure, RedisServer, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { WebSocket } from "ws";
import { doors } from "./door.js";
import { FaultService } from "./fault-service.js";
import { tickVerdict } from "./tick-ledger.js";

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

describe.each(doors)("through $name", (door) => {
  test("F3: of a killed service clients have everything from another one of the same Redis, or are told", async ({
    task,
  }) => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const instance = (name: string) =>
      FaultService.start({
        door,
        before: `import { redisStore } from "@metricast/store-redis";`,
        options: `{ service: "shop", instance: "${name}", store: redisStore({ port: ${redis.port}, probeMs: 300 }) }`,
      });
    const [doomed, other] = await Promise.all([instance("a"), instance("b")]);
    const proxy = await FaultProxy.listen(doomed.port);
    onTestFinished(() => proxy.close());
    const url = `ws://127.0.0.1:${proxy.port}/metricast/`;
    const clients = Array.from({ length: 20 }, () =>
      connect(url, { WebSocket, reconnect: { minMs: 50, maxMs: 2_000 } }),
    );
    onTestFinished(() => {
      for (const client of clients) client.close();
    });
    const subscriptions = clients.map((client) => client.subscribe());
    const outcomes: string[] = [];
    for (const subscription of subscriptions)
      subscription.on("resumed", ({ outcome }) => outcomes.push(outcome));
    await until(
      () => subscriptions.every((subscription) => tickVerdict(subscription).shown > 10),
      30_000,
      "ticks",
    );

    proxy.retarget(other.port);
    const killedMs = performance.now();
    doomed.child.signal("SIGKILL");
    const backMs = await Promise.all(
      subscriptions.map(async (subscription, at) => {
        await until(() => clients[at]?.state.name !== "live", 10_000, "the end");
        const { shown } = tickVerdict(subscription);
        await until(() => tickVerdict(subscription).shown > shown, 30_000, "a tick of the other");
        return performance.now() - killedMs;
      }),
    );
    await until(() => outcomes.length >= clients.length, 10_000, "resumes");
    const longest = Math.max(...backMs);
    const verdicts = subscriptions.map((subscription) => tickVerdict(subscription));
    const lost = verdicts.reduce((sum, one) => sum + one.lost, 0);
    noteFigure(
      task,
      `slowest of 20 clients back after ${(longest / 1_000).toFixed(1)} s at a backoff of at most 2 s; lost ${lost}, doubled 0; told ${[...new Set(outcomes)].join(", ")}`,
    );
    expect(lost).toBe(0);
    expect(verdicts.every(({ doubled }) => doubled === 0)).toBe(true);
    expect(longest).toBeLessThan(25_000);
  });
});
