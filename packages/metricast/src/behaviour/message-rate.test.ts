import { manualClock, ServedCast, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { metricast } from "../index.js";

async function serve() {
  const clock = manualClock();
  const served = await ServedCast.start(metricast({ clock, defaultSources: false, public: true }));
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  return { clock, served, client: await served.open() };
}

const burst = 40;

describe("a client over its message rate", () => {
  test("is told when to try again, and then may", async () => {
    const { clock, client } = await serve();
    for (let sent = 0; sent < burst; sent += 1) await client.ask({ type: "ping" });
    expect(client.of("pong")).toHaveLength(burst);
    client.send({ type: "ping", id: 999 });
    await until(() => client.of("error").length === 1);
    // 100 a minute: the next one is due 600 ms later.
    expect(client.of("error")).toEqual([
      { type: "error", id: 999, code: "rate_limited", temporary: true, retryAfterMs: 600 },
    ]);
    await clock.advanceAsync(599);
    client.send({ type: "ping", id: 1_000 });
    await until(() => client.of("error").length === 2);
    await clock.advanceAsync(1);
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
    expect(client.of("pong").map(({ id }) => id)).not.toContain(999);
  });

  test("that goes on is closed with 4005 at the tenth within a minute", async () => {
    const { client } = await serve();
    for (let sent = 0; sent < burst + 9; sent += 1) client.send({ type: "ping", id: sent });
    await until(() => client.of("error").length === 9);
    expect(client.peer.closeCode).toBeUndefined();
    client.send({ type: "ping", id: 100 });
    expect(await client.closed()).toBe(4005);
    expect(client.of("pong")).toHaveLength(burst);
    expect(client.of("bye")).toMatchObject([{ code: 4005 }]);
  });

  test("that pauses between its excesses stays", async () => {
    const { clock, client } = await serve();
    for (let minute = 1; minute <= 3; minute += 1) {
      const before = client.received.length;
      for (let sent = 0; sent < burst + 9; sent += 1) client.send({ type: "ping", id: sent });
      await until(() => client.received.length >= before + burst + 9);
      const heartbeats = 7;
      for (let beat = 0; beat < heartbeats; beat += 1) {
        const beats = client.of("beat").length;
        await clock.advanceAsync(10_000);
        // It is alive all the time: what it is sent was read, and its pong is on the way.
        await until(() => client.of("beat").length > beats);
      }
    }
    expect(client.peer.closeCode).toBeUndefined();
  });

  test("does not slow down another", async () => {
    const { served, client } = await serve();
    const other = await served.open();
    for (let sent = 0; sent < burst + 5; sent += 1) client.send({ type: "ping", id: sent });
    await until(() => client.of("error").length === 5);
    expect(await other.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });
});

describe("bad input", () => {
  const rows: readonly (readonly [string, string, object])[] = [
    ["text that is not JSON", "{", { code: "invalid_message" }],
    ["JSON that is no object", "[1]", { code: "invalid_message" }],
    ["a type nobody knows", '{"type":"dance","id":3}', { code: "unknown_type", id: 3, field: "type" }],
    [
      "a string over 1,000 characters",
      JSON.stringify({ type: "subscribe", id: 4, items: [{ channel: "x".repeat(1_001) }] }),
      { code: "invalid_message", id: 4, field: "channel" },
    ],
    ["nesting of nine levels", `${"[".repeat(9)}${"]".repeat(9)}`, { code: "invalid_message" }],
    [
      "a channel that does not exist",
      JSON.stringify({ type: "subscribe", id: 5, items: [{ channel: "nope" }] }),
      { code: "forbidden", id: 5, field: "channel", item: 0 },
    ],
  ];

  test.each(rows)("%s is answered and nothing else happens", async (_, text, expected) => {
    const { client } = await serve();
    client.peer.send(text);
    await until(() => client.of("error").length === 1);
    expect(client.of("error")[0]).toMatchObject({ type: "error", temporary: false, ...expected });
    expect(await client.ask({ type: "ping" })).toMatchObject({ type: "pong" });
  });

  test("a message over 16 KB closes with 1009, a binary one with 1003", async () => {
    const { served, client } = await serve();
    client.peer.send(JSON.stringify({ type: "ping", id: 1, pad: "x".repeat(16_384) }));
    expect(await client.closed()).toBe(1009);
    const binary = await served.open();
    binary.peer.send(Buffer.from('{"type":"ping","id":1}'));
    expect(await binary.closed()).toBe(1003);
  });

  test("the tenth fault within a minute closes with 4504", async () => {
    const { client } = await serve();
    for (let sent = 0; sent < 10; sent += 1) client.peer.send("{");
    expect(await client.closed()).toBe(4504);
    expect(client.of("error")).toHaveLength(10);
  });
});
