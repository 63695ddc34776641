import { createMetricast } from "@metricast/core";
import { redisStore } from "@metricast/store-redis";
import { RedisServer, until, Viewer } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function instanceOf(instance: string, port: number, level: number) {
  const cast = createMetricast({
    service: "shop",
    instance,
    intervalMs: 200,
    public: true,
    channels: { metricast: { intervalMs: 60_000 } },
    store: redisStore({ port, probeMs: 300 }),
  });
  ends.push(() => cast.close());
  cast.gauge("level").set(level);
  const requests = cast.counter("requests_total");
  const timer = setInterval(() => requests.inc(), 50);
  ends.push(() => clearInterval(timer));
  await cast.start();
  return cast;
}

test("instances are one over Redis, stand and are named while it is away, and are one again when it is back", async () => {
  const server = await RedisServer.start();
  ends.push(() => server.stop());
  const casts = await Promise.all([1, 10, 100].map((level, k) => instanceOf(`web-${k}`, server.port, level)));
  const [first] = casts;
  if (first === undefined) throw new Error("there is one");
  const viewer = new Viewer();
  await viewer.connect(first);
  const reading = setInterval(() => viewer.read(), 20);
  ends.push(() => clearInterval(reading));
  const shows = (level: number, missing: number) =>
    viewer.last?.values.level === level && viewer.last.missing.length === missing;
  const what = () => JSON.stringify(viewer.last);
  await until(() => shows(111, 0), 5_000, what);
  expect(first.health().cluster?.instances.map(({ instance }) => instance)).toEqual([
    "web-0",
    "web-1",
    "web-2",
  ]);

  await server.kill();
  await until(() => shows(111, 2), 5_000, what);
  const { length } = viewer.shown;
  // Local ticks come as they did.
  await until(() => viewer.shown.length >= length + 7, 4_000);
  expect(viewer.last?.missing).toEqual(["web-1", "web-2"]);

  await server.start();
  const backMs = Date.now();
  await until(() => shows(111, 0), 10_000, what);
  expect(Date.now() - backMs).toBeLessThan(5_000);
  const counts = viewer.shown.map(({ values }) => values.requests_total ?? 0);
  expect(counts.every((count, k) => count >= (counts[k - 1] ?? 0))).toBe(true);
  expect(viewer.allFaults).toEqual([]);
}, 40_000);
