import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { RedisServer, ReplicationStage, until } from "@metricast/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { redisStore } from "./index.js";
import { Keys } from "./keys.js";

const quick = { probeMs: 200, commandTimeoutMs: 300, connectTimeoutMs: 500 } as const;
const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Something that is no Redis: it answers everything with the same bytes. */
async function impostor(answer: Buffer): Promise<{ port: number; taken: () => number }> {
  let taken = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    taken += 1;
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", () => void socket.write(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, taken: () => taken };
}

describe("F36: what answers nonsense", () => {
  test.each([
    ["bytes that are no protocol", "\u0000\u0001nonsense\r\n"],
    ["HTTP", "HTTP/1.1 400 Bad Request\r\n\r\n"],
    ["a bulk of no end", "$999999999999\r\nabc\r\n"],
    ["10 MB", `$10485760\r\n${"x".repeat(10_485_760)}\r\n`],
    ["lists in lists", "*1\r\n".repeat(50_000)],
    ["lists where numbers are meant", "*2\r\n*0\r\n$-1\r\n"],
    ["a time that is text", "*2\r\n$3\r\nnow\r\n$1\r\n0\r\n"],
    ["nothing but OK", "+OK\r\n"],
    ["a number", ":-1\r\n"],
  ])("%s hurts nobody, is degraded, and holds no memory", async (_, answer) => {
    const { port, taken } = await impostor(Buffer.from(answer));
    const store = redisStore({ ...quick, port });
    ends.push(() => store.close());
    const peer = { service: "s", instance: "i", epoch: "000000000000000a", onBatch() {}, onStatus() {} };
    await store.open(peer);
    const before = process.memoryUsage().rss;
    let tick = 0;
    const isTriedAgain = () => {
      const { epoch } = peer;
      const batch = { channel: "metrics", instance: "i", epoch, tick: ++tick, keyframe: true } as const;
      store.append({ type: "batch", ...batch, bytes: Buffer.from("x") });
      return taken() > 3;
    };
    await until(isTriedAgain, 10_000);
    expect(store.status().status).toBe("degraded");
    expect(store.status().clockSkewMs).toBeUndefined();
    const grownMB = (process.memoryUsage().rss - before) / 1_048_576;
    expect(grownMB).toBeLessThan(30);
  });

  test("a batch of a later version, and one of nonsense, are passed over and told", async () => {
    const server = await RedisServer.start();
    ends.push(() => server.stop());
    const stage = new ReplicationStage(server.port);
    ends.push(() => stage.stop());
    const make = (port: number) => redisStore({ ...quick, port });
    const [a, b] = [await stage.open("a", make), await stage.open("b", make)];
    await stage.appendFor(a, 50);
    await stage.level(b);
    const { instance, epoch } = a.peer;
    const keys = new Keys("metricast", "faults", 0);
    const key = keys.stream({ channel: "metrics", instance, epoch });
    const got = b.got.length;
    await server.run("xadd", key, "1000000-0", "b", "\u0007later");
    await until(() => /version/.test(b.store.status().lastError ?? ""));
    await server.run("xadd", key, "1000001-5", "b", "x");
    await server.run("xadd", keys.bell, "*", "here", "nobody");
    await server.run("hset", keys.roster, "feedfeedfeedfeed", "{not json", "00000000000000ff", '{"v":2}');
    await server.run("zadd", keys.writers, "9999999999999", "no/writer");
    // It has looked and read again since.
    const beats = async () =>
      Number(/"beat":(\d+)/.exec(await server.run("hget", keys.roster, b.peer.epoch))?.[1]);
    const before = await beats();
    await until(async () => (await beats()) > before + 2);
    expect(b.got.length).toBe(got);
    expect(b.store.status()).toMatchObject({ status: "ok" });
    expect(
      b.store
        .members()
        .map((member) => member.instance)
        .sort(),
    ).toEqual(["a", "b"]);
    const items: unknown[] = [];
    for await (const item of b.store.read({ channel: "metrics", fromTick: 0, toTick: 1e9 })) items.push(item);
    expect(items).toHaveLength(stage.ledger.last);
  });
});
