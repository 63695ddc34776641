import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { systemClock, systemRandom } from "@metricast/core";
import { RedisServer, ReplicationStage, until } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";
import { makeClient } from "./clients.js";
import { redisStore } from "./index.js";
import { Link } from "./link.js";
import { resolveOptions } from "./resolve-options.js";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const megabyte = 1_048_576;
const endless = Buffer.from(`$${64 * megabyte}\r\n${"x".repeat(megabyte)}`);

/** Answers whatever it is asked with the same bytes, again and again, as fast as they are taken. */
async function talker(answer: Buffer) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    const talk = () => {
      while (socket.writable && socket.bytesWritten < 64 * megabyte && socket.write(answer));
    };
    socket.on("drain", talk);
    socket.once("data", talk);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    ended: () => sockets.filter(({ closed }) => closed).length,
    /** The most bytes that one connection has taken. */
    taken: () => Math.max(...sockets.map((socket) => socket.bytesWritten - socket.writableLength)),
  };
}

test.each([
  ["text without end", endless],
  ["lists in lists without end", Buffer.from("*1\r\n".repeat(100_000))],
])("F36: of %s only the beginning is taken, at each of several attempts", async (_, answer) => {
  const { port, ended, taken } = await talker(answer);
  const store = redisStore({ port, probeMs: 100, commandTimeoutMs: 2_000, connectTimeoutMs: 2_000 });
  ends.push(() => store.close());
  const peer = { service: "s", instance: "i", epoch: "000000000000000a", onBatch() {}, onStatus() {} };
  await store.open(peer);
  await until(() => ended() >= 3, 10_000);
  expect(store.status().status).toBe("degraded");
  // Besides what was read: what the kernel of either side holds.
  expect(taken()).toBeLessThan(16 * megabyte);
});

test("F36: twin: of who is trusted unseen everything is taken", async () => {
  const { port, taken } = await talker(endless);
  const client = makeClient(resolveOptions({ port }), "write");
  const link = new Link({
    clock: systemClock,
    random: systemRandom,
    make: () => client,
    connectTimeoutMs: 2_000,
    onUp: () => void client.time().catch(() => {}),
    onDown() {},
  });
  ends.push(async () => link.stop());
  link.trust(client);
  link.start();
  await until(() => taken() > 32 * megabyte, 10_000);
});

test("what a Redis answers once it is known may be long", async () => {
  const server = await RedisServer.start();
  ends.push(() => server.stop());
  const stage = new ReplicationStage(server.port);
  ends.push(() => stage.stop());
  const make = (port: number) => redisStore({ port, probeMs: 100 });
  const a = await stage.open("a", make);
  for (let count = 0; count < 20; count += 1) stage.append(a, 50_000);
  await until(() => a.store.status().spoolBytes === 0);
  const b = await stage.open("b", make);
  await until(() => b.got.length > 0);
  const items: unknown[] = [];
  for await (const item of b.store.read({ channel: "metrics", fromTick: 0, toTick: 1e9 })) items.push(item);
  expect(items).toHaveLength(20);
  expect(b.store.status().status).toBe("ok");
});
