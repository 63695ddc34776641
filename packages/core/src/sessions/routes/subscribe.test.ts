import { closeCodes } from "@metricast/protocol";
import { describe, expect, test, vi } from "vitest";
import { epoch, type FakeHubOptions, fakeClient, settle } from "../testing/fake-hub.js";

const error = (code: string, more: object = {}) => ({
  type: "error",
  code,
  temporary: false,
  id: 1,
  ...more,
});

/** Says one subscribe, and gives what came back. */
async function subscribing(items: readonly object[], options: FakeHubOptions = {}) {
  const client = fakeClient(options);
  await client.say({ type: "subscribe", id: 1, items });
  return client;
}

describe("a subscription", () => {
  test("is answered, then comes the state, then what is live", async () => {
    const client = await subscribing([{ channel: "metrics", select: "a" }]);
    expect(client.connection.messages).toEqual([
      {
        type: "subscribed",
        id: 1,
        items: [
          {
            view: 1,
            channel: "metrics",
            kind: "metrics",
            select: ["a"],
            merge: "cluster",
            intervalMs: 1_000,
            stepTicks: 1,
            position: `v1.${epoch}.100`,
            oldest: 1,
          },
        ],
      },
      expect.objectContaining({ type: "frame", view: 1, tick: 100, generation: 1, i: [0], v: [100] }),
    ]);
    client.metrics.tick(101, [7]);
    client.session.serve();
    expect(client.connection.of("frame").at(-1)).toMatchObject({ tick: 101, prev: 100, v: [7] });
  });

  test("may ask for history: live at once, blocks after, newest first", async () => {
    const client = await subscribing([{ channel: "metrics", sinceMs: 50_000 }], {
      options: { maxBlockBytes: 600 },
    });
    expect(client.connection.of("subscribed")[0]?.items[0]?.history).toEqual({ from: 50, to: 100, step: 1 });
    const types = client.connection.messages.map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual(["subscribed", "frame", "block"]);
    const ranges = client.connection.of("block").map(({ from, to }) => [from, to]);
    expect(ranges[0]).toEqual([80, 100]);
    expect(ranges).toEqual([
      [80, 100],
      [60, 80],
      [50, 60],
    ]);
  });

  test("misses nothing from its position on, where no tick was shown yet either", async () => {
    const client = await subscribing([{ channel: "other" }]);
    expect(client.connection.of("subscribed")[0]?.items[0]?.position).toBe(`v1.${epoch}.1000`);
    client.other.columns.add({ name: "d", labels: {}, kind: "gauge" });
    client.other.tick(1_001, [1]);
    client.other.tick(1_002, [2]);
    client.session.serve();
    expect(client.connection.of("frame")).toMatchObject([{ tick: 1_002 }]);
    expect(client.connection.of("block")).toMatchObject([{ from: 1_000, to: 1_002 }]);
  });

  test("may go on from a position", async () => {
    const client = await subscribing([{ channel: "metrics", position: `v1.${epoch}.90` }]);
    expect(client.connection.of("subscribed")[0]?.items[0]).toMatchObject({
      resume: { outcome: "complete" },
      history: { from: 90, to: 100, step: 1 },
    });
    expect(client.connection.of("block")).toMatchObject([{ from: 90, to: 100 }]);
  });

  test("B30: a foreign position is a reset, followed by a keyframe", async () => {
    const client = await subscribing([
      { channel: "metrics", select: "a", position: "nonsense" },
      { channel: "metrics", select: "b", position: "v1.fedcba9876543210.90" },
      { channel: "metrics", select: "c", position: `v1.${epoch}.1001` },
    ]);
    const items = client.connection.of("subscribed")[0]?.items ?? [];
    expect(items.map(({ resume }) => [resume?.outcome, resume?.reason])).toEqual([
      ["reset", "unknown_position"],
      ["reset", "epoch_changed"],
      ["reset", "ahead"],
    ]);
    expect(client.connection.of("frame").map(({ view, prev }) => [view, prev])).toEqual([
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ]);
    expect(client.connection.of("block")).toEqual([]);
  });

  test("snaps the time between frames up to a step of the channel", async () => {
    const client = await subscribing([{ channel: "metrics", everyMs: 3_000 }]);
    expect(client.connection.of("subscribed")[0]?.items[0]).toMatchObject({
      stepTicks: 10,
      position: `v1.${epoch}.100`,
    });
    expect(client.connection.of("frame")).toMatchObject([{ tick: 100 }]);
  });

  test("to a channel without a tick waits for its first", async () => {
    const client = await subscribing([{ channel: "other" }]);
    expect(client.connection.messages.map(({ type }) => type)).toEqual(["subscribed"]);
    client.other.columns.add({ name: "x", labels: {}, kind: "gauge" });
    client.other.tick(2_000, [5]);
    client.session.serve();
    expect(client.connection.of("frame")).toMatchObject([{ tick: 2_000, series: [{ name: "x" }], v: [5] }]);
  });

  test("whose state has to wait for room misses nothing after the position it was given", async () => {
    const client = fakeClient();
    client.connection.bufferedBytes = Infinity;
    await client.say({
      type: "subscribe",
      id: 1,
      items: [{ channel: "metrics", position: `v1.${epoch}.98` }],
    });
    for (const tick of [101, 102, 103]) client.metrics.tick(tick, [tick]);
    client.connection.bufferedBytes = 0;
    client.session.serve();
    expect(client.connection.of("frame").map(({ tick }) => tick)).toEqual([103]);
    expect(client.connection.of("block").map(({ from, to }) => [from, to])).toEqual([
      [100, 103],
      [98, 100],
    ]);
  });

  test("equal ones of two sessions share the very buffers", async () => {
    const [one, two] = [fakeClient(), fakeClient()];
    Object.assign(two.hub, { views: one.hub.views, channels: one.hub.channels });
    for (const client of [one, two])
      await client.say({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
    one.metrics.tick(101, [1]);
    one.session.serve();
    two.session.serve();
    const [first, second] = [one.connection.frames, two.connection.frames];
    expect(first).toHaveLength(3);
    expect(first[1]).toBe(second[1]);
    expect(first[2]).toBe(second[2]);
  });
});

describe("events", () => {
  test("come from now on, from a time, or from a position", async () => {
    const client = fakeClient();
    for (let n = 0; n < 5; n += 1) client.events.log.append("deploy", { n });
    await client.say({
      type: "subscribe",
      id: 1,
      items: [
        { channel: "events", select: "x" },
        { channel: "events", position: `v1.${epoch}.3` },
      ],
    });
    expect(client.connection.of("subscribed")[0]?.items).toEqual([
      {
        view: 1,
        channel: "events",
        kind: "events",
        select: ["x"],
        merge: "cluster",
        position: `v1.${epoch}.5`,
      },
      {
        view: 2,
        channel: "events",
        kind: "events",
        select: ["*"],
        merge: "cluster",
        position: `v1.${epoch}.3`,
        resume: { outcome: "complete" },
      },
    ]);
    expect(client.connection.of("events")).toMatchObject([
      { view: 2, items: [{ id: `${epoch}-4` }, { id: `${epoch}-5` }] },
    ]);
    await client.say({
      type: "subscribe",
      id: 2,
      items: [{ channel: "events", select: "de*", sinceMs: Number.MAX_SAFE_INTEGER }],
    });
    expect(client.connection.of("events").at(-1)?.items).toHaveLength(5);
  });

  test("say what became of a position", async () => {
    const client = fakeClient();
    client.events.log.append("a");
    const positions = ["x", "v1.fedcba9876543210.1", `v1.${epoch}.2`];
    const items = positions.map((position, k) => ({ channel: "events", select: `s${k}`, position }));
    await client.say({ type: "subscribe", id: 1, items });
    expect(client.connection.of("subscribed")[0]?.items.map(({ resume }) => resume)).toEqual([
      { outcome: "reset", reason: "unknown_position" },
      { outcome: "reset", reason: "epoch_changed" },
      { outcome: "reset", reason: "ahead" },
    ]);
  });
});

describe("B26: a channel that is not allowed and one that does not exist", () => {
  test("are answered alike, byte for byte", async () => {
    const answers: string[] = [];
    for (const channel of ["secret", "nope", "", "../", "__proto__", "metrics\u0000", "c".repeat(256)]) {
      const client = await subscribing([{ channel: "metrics" }, { channel }]);
      answers.push(JSON.stringify(client.connection.messages));
      expect(client.session.subscriptions.size).toBe(0);
    }
    expect(new Set(answers)).toEqual(
      new Set([
        JSON.stringify([
          { type: "error", code: "forbidden", temporary: false, id: 1, field: "channel", item: 1 },
        ]),
      ]),
    );
  });

  test("the hook is never asked about channels that do not exist", async () => {
    const asked: string[] = [];
    await subscribing([{ channel: "nope" }, { channel: "metrics" }, { channel: "metrics", select: "a" }], {
      authorize: async (_, channel) => {
        asked.push(channel);
        return {};
      },
    });
    expect(asked).toEqual(["metrics"]);
  });
});

describe("B27: subscribed twice", () => {
  test("in another message", async () => {
    const client = await subscribing([{ channel: "metrics", select: ["a", "b"] }]);
    client.connection.forget();
    await client.say({
      type: "subscribe",
      id: 1,
      items: [{ channel: "other" }, { channel: "metrics", select: ["b", "a"] }],
    });
    expect(client.connection.messages).toEqual([error("already_subscribed", { item: 1 })]);
    expect(client.session.subscriptions.size).toBe(1);
  });

  test("in one message", async () => {
    const client = await subscribing([{ channel: "events" }, { channel: "events" }]);
    expect(client.connection.messages).toEqual([error("already_subscribed", { item: 1 })]);
    expect(client.session.subscriptions.size).toBe(0);
  });
});

describe("B28: limits", () => {
  test("the session's last subscription is taken, one more is not, and nothing of its message", async () => {
    const client = await subscribing([{ channel: "metrics" }, { channel: "events" }], {
      options: { maxSubscriptions: 3 },
    });
    client.connection.forget();
    await client.say({
      type: "subscribe",
      id: 1,
      items: [{ channel: "other" }, { channel: "metrics", select: "a" }],
    });
    expect(client.connection.messages).toEqual([error("limit", { field: "subscriptions" })]);
    expect(client.session.subscriptions.size).toBe(2);
    await client.say({ type: "subscribe", id: 2, items: [{ channel: "other" }] });
    expect(client.session.subscriptions.size).toBe(3);
  });

  test("the server's views", async () => {
    const client = await subscribing([{ channel: "metrics" }, { channel: "other" }], {
      options: { maxViews: 1 },
    });
    expect(client.connection.messages).toEqual([error("limit", { field: "views", item: 1 })]);
    expect(client.hub.views.isWatched("metrics")).toBe(false);
  });
});

test.each(["(a+)+$", "*a".repeat(9), "a".repeat(256), 'a{b="', "a{", 'a{b="\\x"}'])(
  "B29: %.20j is no pattern",
  async (select) => {
    for (const channel of ["metrics", "events"]) {
      const client = await subscribing([{ channel: "other" }, { channel, select }]);
      expect(client.connection.messages).toEqual([error("invalid_message", { field: "select", item: 1 })]);
      expect(client.session.subscriptions.size).toBe(0);
    }
  },
);

describe("a label scope", () => {
  test("shuts out channels of events, which carry no labels", async () => {
    const client = await subscribing([{ channel: "events" }], {
      authorize: () => Promise.resolve({ tenant: "2" }),
    });
    expect(client.connection.messages).toEqual([error("forbidden", { field: "channel", item: 0 })]);
  });

  test("narrows what is shown, and keeps views of tenants apart", async () => {
    const client = await subscribing([{ channel: "metrics" }], { authorize: async () => ({ tenant: "2" }) });
    expect(client.connection.of("frame")[0]?.series).toEqual([{ name: "c", labels: { tenant: "2" } }]);
    expect(client.hub.views.watched("metrics")[0]?.key.scope).toEqual({ tenant: "2" });
  });

  test("is not widened by a pattern", async () => {
    const client = await subscribing([{ channel: "metrics", select: ['*{tenant="1"}', "*"] }], {
      authorize: async () => ({ tenant: "2" }),
    });
    expect(client.connection.of("frame")[0]?.series).toEqual([{ name: "c", labels: { tenant: "2" } }]);
  });
});

test("one that ended before it was allowed leaves no watcher", async () => {
  let allow: () => void = () => {};
  const client = await subscribing([{ channel: "metrics" }], {
    authorize: () => new Promise((resolve) => (allow = () => resolve({}))),
  });
  client.session.end(closeCodes.kicked);
  allow();
  await settle();
  expect(client.hub.views.isWatched("metrics")).toBe(false);
});

test("one that a source ended while it was read leaves no watcher", async () => {
  const client = fakeClient();
  vi.spyOn(client.metrics.channel, "readSoon").mockImplementation(() =>
    client.session.end(closeCodes.restart),
  );
  await client.say({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
  expect(client.connection.messages.map(({ type }) => type)).toEqual(["bye"]);
  expect(client.hub.views.isWatched("metrics")).toBe(false);
});
