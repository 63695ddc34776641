import { connect, type MetricastClient } from "@metricast/client";
import { ChildScript, FaultProxy, RedisServer, ShapingProxy, until, WireClient } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { doors } from "./door.js";
import { FaultService } from "./fault-service.js";
import { tickVerdict } from "./tick-ledger.js";

// The harm that faults do where what answers them is off.

function clientOf(port: number): MetricastClient {
  const client = connect(`ws://127.0.0.1:${port}/metricast/`, {
    WebSocket,
    reconnect: { minMs: 50, maxMs: 200 },
  });
  onTestFinished(() => client.close());
  return client;
}

async function proxied(port: number): Promise<FaultProxy> {
  const proxy = await FaultProxy.listen(port);
  onTestFinished(() => proxy.close());
  return proxy;
}

describe.each(doors)("through $name", (door) => {
  test("F2: twin: without a heartbeat nobody notices that a service is frozen", async () => {
    const service = await FaultService.start({
      door,
      options: "{ heartbeatMs: 300_000, deadAfterMs: 900_000 }",
    });
    const client = clientOf(service.port);
    const subscription = client.subscribe();
    await until(() => tickVerdict(subscription).shown > 3);
    service.child.signal("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    const { name } = client.state;
    service.child.signal("SIGCONT");
    expect(name).toBe("live");
  });

  test.each([
    ["F3: with a Redis in common another instance goes on where the killed one was", true, ["complete"]],
    ["F3: twin: without one it cannot, and says so", false, ["reset"]],
  ])("%s", async (_, inCommon, told) => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.stop());
    const instance = (name: string) =>
      FaultService.start({
        door,
        before: `import { redisStore } from "@metricast/store-redis";`,
        options: `{ service: "shop", instance: "${name}", ${inCommon ? `store: redisStore({ port: ${redis.port} })` : ""} }`,
      });
    const [doomed, other] = [await instance("a"), await instance("b")];
    const proxy = await proxied(doomed.port);
    const subscription = clientOf(proxy.port).subscribe();
    const outcomes: string[] = [];
    subscription.on("resumed", ({ outcome }) => outcomes.push(outcome));
    await until(() => tickVerdict(subscription).shown > 20, 30_000, "ticks");
    proxy.retarget(other.port);
    doomed.child.signal("SIGKILL");
    await until(() => outcomes.length > 0, 30_000, "a resume");
    expect(outcomes).toEqual(told);
  });

  test.each([
    ["F15: over a link too slow for every tick the newest value stays new", 4_096, true],
    ["F15: twin: without a bound in flight it is older with every tick", 16 * 1_048_576, false],
  ])("%s", async (_, maxInFlightBytes, staysNew) => {
    const service = await FaultService.start({
      door,
      options: `{
        maxInFlightBytes: ${maxInFlightBytes}, heartbeatMs: 500, deadAfterMs: 60_000,
        sources: [() => Object.fromEntries(Array.from({ length: 150 }, (_, k) => ["noise_" + k, Math.random()]))],
      }`,
    });
    const proxy = await ShapingProxy.listen(service.port, { bytesPerSecond: 8_000, splitBytes: 800 });
    onTestFinished(() => proxy.close());
    const client = await WireClient.open(`ws://127.0.0.1:${proxy.port}/metricast/`);
    onTestFinished(() => client.peer.destroy());
    const view = await client.watch();
    let oldMs = 0;
    view.onFrame = ({ tick }) => {
      oldMs = Date.now() - tick * 100;
    };
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    if (staysNew) expect(oldMs).toBeLessThan(8_000);
    else expect(oldMs).toBeGreaterThan(10_000);
  });

  test("F20: twin: a client that begins anew when it wakes passes off the hole as continuous", async () => {
    const service = await FaultService.start({ door, options: "{ heartbeatMs: 200, deadAfterMs: 600 }" });
    const sleeper = ChildScript.run(`
      import { createInterface } from "node:readline";
      import { WebSocket } from "ws";
      const ticks = [];
      const begin = () => {
        const socket = new WebSocket("${service.url}");
        socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] })));
        socket.on("message", (text) => {
          const { type, tick } = JSON.parse(text);
          if (type === "frame") ticks.push(tick);
        });
        socket.on("error", () => {});
        socket.on("close", () => setTimeout(begin, 100));
      };
      begin();
      createInterface({ input: process.stdin }).on("line", () => console.log("ticks " + JSON.stringify(ticks)));
    `);
    onTestFinished(() => sleeper.kill());
    const ticks = async (): Promise<readonly number[]> => {
      sleeper.stdout = "";
      sleeper.say("ticks");
      return JSON.parse(await sleeper.says("ticks "));
    };
    await until(async () => (await ticks()).length > 3, 30_000, "ticks");
    sleeper.signal("SIGSTOP");
    await service.settled(0);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    sleeper.signal("SIGCONT");
    const { length } = await ticks();
    await until(async () => (await ticks()).length > length + 10, 30_000, "later ticks");
    const steps = (await ticks()).map((tick, at, all) => tick - (all[at - 1] ?? tick));
    expect(Math.max(...steps)).toBeGreaterThan(10);
  });

  test("F12: twin: without the bound every label set is a series of its own", async () => {
    const flood = (max: number) =>
      FaultService.start({
        door,
        options: `{
          maxSeries: ${max}, maxLabelSets: ${max},
          sources: [() => Array.from({ length: 5_000 }, (_, k) => ({ name: "flood", value: 1, labels: { k: String(k) } }))],
        }`,
      });
    const seriesOf = async (service: FaultService) => {
      const view = await (await service.open()).watch();
      await until(() => view.frames.length > 1);
      return view.series.length;
    };
    expect(await seriesOf(await flood(1_000))).toBeLessThan(1_100);
    expect(await seriesOf(await flood(100_000))).toBe(5_000);
  });
});
