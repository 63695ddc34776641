import { manualClock, RedisServer } from "@metricast/testkit";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Keys } from "./keys.js";
import { Roster } from "./roster.js";

let server: RedisServer;
let client: Redis;
beforeAll(async () => {
  server = await RedisServer.start();
  client = new Redis(server.port, "127.0.0.1");
});
afterAll(async () => {
  client.disconnect();
  await server.stop();
});

const times = { probeMs: 1_000, commandTimeoutMs: 1_000, deadAfterMs: 15_000 };

/** Two that have seen each other, on a clock that stands still. */
async function two() {
  await client.flushall();
  const clock = manualClock();
  const rosterOf = (instance: string) =>
    new Roster({
      ...times,
      clock,
      keys: new Keys("metricast", "shop", 0),
      channels: () => ["metrics"],
      peer: { service: "shop", instance, epoch: `epoch-${instance}`, onBatch() {}, onStatus() {} },
    });
  const [a, b] = [rosterOf("a"), rosterOf("b")];
  await a.announce(client);
  await b.announce(client);
  await a.look(client);
  const namesOf = () => a.members.map(({ instance }) => instance).sort();
  expect(namesOf()).toEqual(["a", "b"]);
  return { clock, a, b, namesOf };
}

test("who was there before Redis was killed is awaited while it finds its way back", async () => {
  const { clock, a, b, namesOf } = await two();
  clock.advance(4_900);
  await client.flushall();
  await a.announce(client);
  for (const ms of [0, 1_000, 1_500]) {
    clock.advance(ms);
    await a.look(client);
    expect(namesOf()).toEqual(["a", "b"]);
  }
  await b.announce(client);
  clock.advance(10_000);
  await a.look(client);
  expect(namesOf()).toEqual(["a", "b"]);
});

test("who does not come back to an empty roster has left after 5 s", async () => {
  const { clock, a, namesOf } = await two();
  await client.flushall();
  for (let second = 0; second <= 6; second += 1) {
    await a.look(client);
    clock.advance(1_000);
  }
  expect(namesOf()).toEqual(["a"]);
});

test("who said that it leaves does not come back by an answer that was on its way", async () => {
  const { a, b, namesOf } = await two();
  await b.leave(client);
  const entries = await client.callBuffer("XRANGE", "metricast:{shop/0}:bell", "-", "+");
  a.heard(entries);
  expect(namesOf()).toEqual(["a"]);
  // As it was before.
  await b.announce(client);
  await a.look(client);
  expect(namesOf()).toEqual(["a"]);
});

test("who says more than a heartbeat may is not heard", async () => {
  const { a, namesOf } = await two();
  const say = (instance: string, channels: readonly string[]) => {
    const said = { v: 1, instance, epoch: `epoch-${instance}`, clients: 0, channels, beat: 1 };
    return client.hset(new Keys("metricast", "shop", 0).roster, said.epoch, JSON.stringify(said));
  };
  await say("c", ["metrics"]);
  await say(
    "d",
    Array.from({ length: 7_000 }, (_, k) => `channel-${k}`),
  );
  await a.look(client);
  expect(namesOf()).toEqual(["a", "b", "c"]);
});
