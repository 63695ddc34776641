import { ChildScript, RedisServer, until } from "@metricast/testkit";
import { afterEach, describe, expect, test } from "vitest";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A service with one counter and one gauge, ten ticks a second; it says what it can be asked for when a line comes in. */
const service = (port: number) => `
  import { metricast } from "metricast";
  import { redisStore } from "@metricast/store-redis";
  import { createInterface } from "node:readline";
  const cast = metricast({
    service: "shop", instance: "web", intervalMs: 100, defaultSources: false,
    store: redisStore({ port: ${port}, probeMs: 300 }),
  });
  const requests = cast.counter("requests");
  const level = cast.gauge("level");
  let count = 0;
  const timer = setInterval(() => { requests.inc(); level.set(++count); }, 20);
  const said = () => {
    const block = cast.query({ from: 0, to: Date.now(), points: 2000 });
    const of = (name) => block.series.find(({ info }) => info.name === name);
    const ticks = of("level")?.count.reduce((sum, one) => sum + one, 0) ?? 0;
    const grown = [...(of("requests")?.columns[0].increase ?? [])].filter(Number.isFinite).reduce((sum, one) => sum + one, 0);
    console.log("SAID " + JSON.stringify({ ticks, grown, count, step: block.stepTicks, health: cast.health().store }));
  };
  createInterface({ input: process.stdin }).on("line", async (line) => {
    if (line === "say") said();
    else { said(); clearInterval(timer); await cast.close(); process.exit(0); }
  });
  console.log("UP");
`;

async function started(server: RedisServer): Promise<ChildScript> {
  const child = ChildScript.run(service(server.port));
  ends.push(() => child.kill());
  await child.says("UP", 60_000);
  return child;
}

async function asked(child: ChildScript, line = "say") {
  child.stdout = "";
  child.say(line);
  return JSON.parse(await child.says("SAID "));
}

describe("with Redis, a service that was", () => {
  test.each([["closed"], ["killed"]])(
    "%s and started again has what it had, and its counters go on",
    async (how) => {
      const server = await RedisServer.start();
      ends.push(() => server.stop());
      const first = await started(server);
      await until(async () => (await asked(first)).ticks > 20, 30_000);
      const before = await asked(first, how === "closed" ? "close" : "say");
      if (how === "killed") first.kill();
      await first.ended();
      expect(before.health).toMatchObject({ name: "redis", status: "ok", dropped: 0 });
      expect(before.ticks).toBeGreaterThan(20);
      const second = await started(server);
      // Nearly all that the first had, and a few of its own: how many come in a second is the machine's to say.
      let after = await asked(second);
      await until(async () => {
        after = await asked(second);
        return after.ticks >= before.ticks + 5;
      }, 30_000);
      expect(after.health).toMatchObject({ status: "ok", dropped: 0 });
      expect(after.grown).toBeGreaterThan(before.grown + after.count - 20);
      expect(after.grown).toBeLessThanOrEqual(before.count + after.count);
    },
    150_000,
  );
});
