import { closeCodes, decodeBlock } from "@metricast/protocol";
import { describe, expect, test, vi } from "vitest";
import { type FakeHubOptions, fakeClient, settle } from "../testing/fake-hub.js";

async function asking(message: object, options: FakeHubOptions = {}) {
  const client = fakeClient(options);
  await client.say({ id: 1, ...message });
  return client;
}
const query = (items: readonly object[], options?: FakeHubOptions) =>
  asking({ type: "query", items }, options);
const list = (more: object = {}, options?: FakeHubOptions) => asking({ type: "list", ...more }, options);
const error = (code: string, more: object = {}) => ({
  type: "error",
  code,
  temporary: false,
  id: 1,
  ...more,
});

describe("a query", () => {
  test("is answered with one block per item, of whole points", async () => {
    const { connection } = await query([
      { channel: "metrics", select: "a", from: 90_000, to: 100_000 },
      { channel: "metrics", select: ["b", "c"], from: 50_000, to: 100_000, points: 5 },
    ]);
    const [result] = connection.of("result");
    expect(connection.messages).toHaveLength(1);
    expect(
      result?.items.map(({ channel, intervalMs, from, to, step }) => ({
        channel,
        intervalMs,
        from,
        to,
        step,
      })),
    ).toEqual([
      { channel: "metrics", intervalMs: 1_000, from: 90, to: 100, step: 1 },
      { channel: "metrics", intervalMs: 1_000, from: 50, to: 100, step: 10 },
    ]);
    const blocks = result?.items.map((item) => decodeBlock(item, () => undefined)) ?? [];
    expect(blocks[0]?.series.map(({ info, columns }) => [info.name, [...(columns[0]?.last ?? [])]])).toEqual([
      ["a", [91, 92, 93, 94, 95, 96, 97, 98, 99, 100]],
    ]);
    expect(blocks[1]?.series.map(({ info }) => info.name)).toEqual(["b", "c"]);
    expect([...(blocks[1]?.series[1]?.columns[0]?.last ?? [])]).toEqual([-60, -70, -80, -90, -100]);
  });

  test("does not reach beyond what is held", async () => {
    const { connection } = await query([{ channel: "metrics", from: 0, to: Number.MAX_SAFE_INTEGER }]);
    expect(connection.of("result")[0]?.items[0]).toMatchObject({ from: 0, to: 100 });
  });

  test("begins with what is held, however far back it asks", async () => {
    const client = fakeClient();
    client.other.columns.add({ name: "late", labels: {}, kind: "gauge" });
    for (let tick = 1_001; tick <= 1_010; tick += 1) client.other.tick(tick, [tick]);
    const items = [{ channel: "other", from: 0, to: 2_000_000, points: 2_000 }];
    await client.say({ type: "query", id: 1, items });
    expect(client.connection.of("result")[0]?.items[0]).toMatchObject({ from: 1_000, to: 1_010, step: 1 });
  });

  test("of a time when nothing was, or of no time, is empty", async () => {
    const { connection } = await query([
      { channel: "metrics", from: 500_000, to: 600_000 },
      { channel: "metrics", from: 50_000, to: 50_000 },
      { channel: "other", from: 0, to: 50_000 },
    ]);
    for (const item of connection.of("result")[0]?.items ?? []) expect(item.from).toBe(item.to);
    expect(connection.of("result")[0]?.items).toHaveLength(3);
  });

  test.each([
    [
      "B45: to before from",
      { channel: "metrics", from: 5, to: 4 },
      error("invalid_message", { field: "to", item: 1 }),
    ],
    [
      "B29: a malformed pattern",
      { channel: "metrics", select: "(", from: 0, to: 1 },
      error("invalid_message", { field: "select", item: 1 }),
    ],
    [
      "B26: a channel that is not allowed",
      { channel: "secret", from: 0, to: 1 },
      error("forbidden", { field: "channel", item: 1 }),
    ],
    [
      "B26: one that does not exist",
      { channel: "nope", from: 0, to: 1 },
      error("forbidden", { field: "channel", item: 1 }),
    ],
  ])("%s refuses the message", async (_, item, answer) => {
    const { connection } = await query([{ channel: "metrics", from: 0, to: 1_000 }, item]);
    expect(connection.messages).toEqual([answer]);
  });

  test("B31: for more than an answer may hold is refused, before anything is read", async () => {
    const client = fakeClient();
    for (let k = 0; k < 600; k += 1) client.metrics.columns.add({ name: `s${k}`, labels: {}, kind: "gauge" });
    client.metrics.tick(101);
    await client.say({ type: "query", id: 1, items: [{ channel: "metrics", from: 0, to: 101_000 }] });
    expect(client.connection.messages).toEqual([error("too_large", { item: 0 })]);
    await client.say({
      type: "query",
      id: 2,
      items: [{ channel: "metrics", from: 0, to: 101_000, points: 50 }],
    });
    expect(client.connection.of("result")).toHaveLength(1);
  });

  test("keeps to the label scope", async () => {
    const { connection } = await query(
      [{ channel: "metrics", select: ['*{tenant="1"}', "*"], from: 0, to: 5_000 }],
      {
        authorize: async () => ({ tenant: "2" }),
      },
    );
    expect(connection.of("result")[0]?.items[0]?.series.map(({ series }) => series?.name)).toEqual(["c"]);
  });

  test("waits its turn: while large replies are on their way it is told to come back", async () => {
    const client = fakeClient();
    client.session.flight.sent(300_000, 300_000);
    await client.say({ type: "query", id: 1, items: [{ channel: "metrics", from: 0, to: 1_000 }] });
    await client.say({ type: "list", id: 1 });
    const answer = { ...error("unavailable"), temporary: true };
    expect(client.connection.messages).toEqual([answer, answer]);
  });
});

describe("a list", () => {
  test("shows the channels one may watch, with their series", async () => {
    const { connection } = await list();
    const channels = connection.of("series")[0]?.channels ?? [];
    expect(channels.map(({ channel, kind, intervalMs }) => [channel, kind, intervalMs])).toEqual([
      ["metrics", "metrics", 1_000],
      ["other", "metrics", 1_000],
      ["events", "events", undefined],
    ]);
    expect(channels[0]?.series[0]).toEqual({ name: "a", labels: { tenant: "1" } });
  });

  test("of one channel and some patterns", async () => {
    const { connection } = await list({ channel: "metrics", select: ["b", "c"] });
    expect(connection.of("series")[0]?.channels.map(({ series }) => series.map(({ name }) => name))).toEqual([
      ["b", "c"],
    ]);
  });

  test("keeps to the label scope", async () => {
    const { connection } = await list({ channel: "metrics" }, { authorize: async () => ({ tenant: "2" }) });
    expect(connection.of("series")[0]?.channels[0]?.series.map(({ name }) => name)).toEqual(["c"]);
  });

  test("B26: a channel not allowed and one not there are answered alike", async () => {
    const answers = await Promise.all(["secret", "nope"].map((channel) => list({ channel })));
    for (const { connection } of answers)
      expect(connection.messages).toEqual([error("forbidden", { field: "channel" })]);
  });

  test("B29: a malformed pattern", async () => {
    const { connection } = await list({ select: "(" });
    expect(connection.messages).toEqual([error("invalid_message", { field: "select" })]);
  });

  test("of more series than an answer may hold comes in pages, each series once", async () => {
    const client = fakeClient();
    const labels = { path: "x".repeat(80) };
    for (let k = 0; k < 2_000; k += 1) client.other.columns.add({ name: `s${k}`, labels, kind: "gauge" });
    const listed: string[] = [];
    let pages = 0;
    for (let from: number | undefined = 0; from !== undefined && pages < 10; pages++) {
      await client.say({ type: "list", id: pages, from });
      const [answer] = client.connection.of("series").slice(-1);
      expect(answer?.channels.map(({ channel }) => channel)).toEqual(["metrics", "other", "events"]);
      expect(JSON.stringify(answer).length).toBeLessThan(110_000);
      listed.push(...(answer?.channels.flatMap(({ series }) => series.map(({ name }) => name)) ?? []));
      from = answer?.next;
    }
    expect(pages).toBe(3);
    expect(listed).toEqual(["a", "b", "c", ...Array.from({ length: 2_000 }, (_, k) => `s${k}`)]);
  });

  test("from beyond its end is empty", async () => {
    const { connection } = await list({ from: 1_000_000 });
    const [answer] = connection.of("series");
    expect(answer?.channels.map(({ series }) => series)).toEqual([[], [], []]);
    expect(answer?.next).toBeUndefined();
  });
});

test("a ping is answered with the server's time", async () => {
  const client = fakeClient();
  client.time.ms = 7.6;
  await client.say({ type: "ping", id: 9 });
  expect(client.connection.messages).toEqual([{ type: "pong", id: 9, serverTimeMs: 1_000_008 }]);
});

test("of whoever is gone by the time it is allowed nothing is read", async () => {
  let allow: () => void = () => {};
  const client = fakeClient({ authorize: () => new Promise((resolve) => (allow = () => resolve({}))) });
  const reads = vi.spyOn(client.metrics.channel.history, "query");
  for (const isGone of [false, true]) {
    await client.say({ type: "query", id: 1, items: [{ channel: "metrics", from: 90_000, to: 100_000 }] });
    if (isGone) client.session.end(closeCodes.kicked);
    allow();
    await settle();
    expect(reads).toHaveBeenCalledTimes(1);
  }
});
