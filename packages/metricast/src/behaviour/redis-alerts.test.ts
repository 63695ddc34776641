import { type Alert, type AlertRule, createMetricast } from "@metricast/core";
import { redisStore } from "@metricast/store-redis";
import { RedisServer, until } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const intervalMs = 500;
const rules: AlertRule[] = [
  { name: "together", select: "load", above: 10 },
  { name: "later", select: "late", above: 10 },
  { name: "each", select: "own", above: 0, merge: "instance" },
];

async function instanceOf(instance: string, port: number, told: Alert[]) {
  const values = { load: 0, late: 0, own: 0 };
  const store = redisStore({ port, probeMs: 200, deadAfterMs: 2_000 });
  const cast = createMetricast({
    service: "shop",
    instance,
    intervalMs,
    public: true,
    sources: [() => ({ ...values })],
    store,
    alerts: { rules },
  });
  cast.on("alert", (alert) => told.push(alert));
  ends.push(() => cast.close());
  await cast.start();
  const active = () => cast.health().alerts.active.map(({ id }) => id);
  return { cast, values, active };
}

test("what is of all is told once, by one, and whoever comes after it goes on from there", async () => {
  const server = await RedisServer.start();
  ends.push(() => server.stop());
  const told: Alert[] = [];
  const lines = () => told.map(({ state, id }) => `${state} ${id}`);
  const a = await instanceOf("a", server.port, told);
  const b = await instanceOf("b", server.port, told);
  await until(() => [a, b].every(({ cast }) => cast.health().cluster?.instances.length === 2), 15_000);

  // Neither is above by itself.
  a.values.load = 6;
  b.values.load = 6;
  a.values.own = 1;
  b.values.own = 1;
  const all = ["each@a:own", "each@b:own", "together:load"];
  await until(
    () => [a, b].every(({ active }) => active().sort().join() === all.join()),
    15_000,
    () => JSON.stringify([a.active(), b.active()]),
  );
  expect(lines().sort()).toEqual(all.map((id) => `firing ${id}`));

  // The one that told goes. What it told stays as it was; the other tells from now on.
  b.values.load = 20;
  await a.cast.close();
  b.values.late = 11;
  await until(
    () => lines().includes("firing later:late"),
    15_000,
    () => lines().join("\n"),
  );
  expect(lines().filter((line) => line.includes("together"))).toEqual(["firing together:load"]);
  expect(lines().filter((line) => line.includes("later"))).toEqual(["firing later:late"]);

  // Another takes the first one's place: it knows what fires, and tells the end of it.
  const again = await instanceOf("a", server.port, told);
  await until(() => again.active().includes("together:load"), 15_000);
  b.values.load = 0;
  b.values.late = 0;
  await until(
    () => b.active().join() === "each@b:own" && again.active().join() === "each@b:own",
    15_000,
    () => lines().join("\n"),
  );
  expect(lines().filter((line) => line.includes("together"))).toEqual([
    "firing together:load",
    "resolved together:load",
  ]);
}, 90_000);
