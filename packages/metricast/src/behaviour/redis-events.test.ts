import { createMetricast } from "@metricast/core";
import { redisStore } from "@metricast/store-redis";
import { RedisServer, until, Viewer } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function instanceOf(instance: string, port: number) {
  const store = redisStore({ port, probeMs: 200 });
  const cast = createMetricast({
    service: "shop",
    instance,
    intervalMs: 500,
    public: true,
    sources: [],
    store,
  });
  ends.push(() => cast.close());
  await cast.start();
  return cast;
}

async function watching(cast: Awaited<ReturnType<typeof instanceOf>>, position?: string) {
  const item = { channel: "events", sinceMs: 60_000, ...(position !== undefined && { position }) };
  const viewer = new Viewer(item);
  await viewer.connect(cast);
  const reading = setInterval(() => viewer.read(), 10);
  ends.push(() => clearInterval(reading));
  const items = () => viewer.of("events").flatMap((message) => message.items);
  return {
    viewer,
    told: () => items().map(({ data }) => String(data)),
    has: (count: number) =>
      until(
        () => items().length >= count,
        15_000,
        () => JSON.stringify(items()),
      ),
    position: () => viewer.of("events").at(-1)?.position ?? "",
  };
}

const of = (name: string, all: readonly string[]) => all.filter((one) => one.startsWith(name));

test("events of instances come to all over Redis, those of its absence too, and outlive who told them", async () => {
  const server = await RedisServer.start();
  ends.push(() => server.stop());
  const [a, b] = [await instanceOf("a", server.port), await instanceOf("b", server.port)];
  const [seen, other] = [await watching(a), await watching(b)];
  for (let k = 1; k <= 3; k += 1) {
    a.event("deploy", `a${k}`);
    b.event("deploy", `b${k}`);
  }
  await seen.has(6);
  await server.kill();
  b.event("deploy", "b4");
  b.event("deploy", "b5");
  // Who is at the instance itself does not wait for Redis.
  await until(() => other.told().includes("b5"));
  await server.start();
  await seen.has(8);
  // Each reads by a connection of its own: what Redis has lost may not be written again yet.
  await until(() => [a, b].every((cast) => cast.health().store.status === "ok"));
  expect(of("a", seen.told())).toEqual(["a1", "a2", "a3"]);
  expect(of("b", seen.told())).toEqual(["b1", "b2", "b3", "b4", "b5"]);
  expect(seen.viewer.of("events").some(({ lost }) => lost !== undefined)).toBe(false);
  const position = seen.position();
  seen.viewer.drop();
  b.event("deploy", "b6");
  await other.has(9);
  await b.close();
  const c = await instanceOf("c", server.port);
  const next = await watching(c, position);
  await next.has(1);
  expect(next.viewer.of("subscribed")[0]?.items[0]?.resume).toEqual({ outcome: "complete" });
  expect(next.told().filter((one) => !seen.told().includes(one))).toEqual(["b6"]);
}, 40_000);
