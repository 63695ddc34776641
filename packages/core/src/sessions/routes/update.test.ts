import { describe, expect, test } from "vitest";
import { epoch, type FakeHubOptions, fakeClient } from "../testing/fake-hub.js";

/** Watches `a` as view 1, `b` as view 2, and events as view 3. */
async function watching(options: FakeHubOptions = {}) {
  const client = fakeClient(options);
  await client.say({
    type: "subscribe",
    id: 0,
    items: [{ channel: "metrics", select: "a" }, { channel: "metrics", select: "b" }, { channel: "events" }],
  });
  client.connection.forget();
  const watched = () =>
    client.hub.views.watched("metrics").map(({ key, watchers }) => [...key.select, watchers]);
  const update = (items: readonly object[]) => client.say({ type: "update", id: 1, items });
  return { ...client, watched, update };
}

const error = (code: string, more: object = {}) => ({
  type: "error",
  code,
  temporary: false,
  id: 1,
  ...more,
});

describe("an update", () => {
  test("moves the subscription to another selection, with a keyframe of it", async () => {
    const { update, connection, watched, session } = await watching();
    await update([{ view: 1, select: "c" }]);
    expect(connection.of("subscribed")).toMatchObject([
      { id: 1, items: [{ view: 4, channel: "metrics", select: ["c"] }] },
    ]);
    expect(connection.of("frame")).toMatchObject([{ view: 4, series: [{ name: "c" }], tick: 100 }]);
    expect(session.subscriptions.views).toEqual([2, 3, 4]);
    expect(watched()).toEqual([
      ["b", 1],
      ["c", 1],
    ]);
  });

  test("keeps what it does not name: selection, step", async () => {
    const { update, connection } = await watching();
    await update([{ view: 1, everyMs: 10_000 }]);
    expect(connection.of("subscribed")[0]?.items[0]).toMatchObject({ view: 4, select: ["a"], stepTicks: 10 });
    await update([{ view: 4, select: "c" }]);
    expect(connection.of("subscribed")[1]?.items[0]).toMatchObject({ select: ["c"], stepTicks: 10 });
  });

  test("may ask for history of the same view", async () => {
    const { update, connection, watched } = await watching();
    await update([{ view: 1, sinceMs: 20_000 }]);
    expect(connection.of("subscribed")[0]?.items[0]).toMatchObject({
      view: 1,
      history: { from: 80, to: 100, step: 1 },
    });
    expect(connection.of("block")).toMatchObject([{ view: 1, from: 80, to: 100 }]);
    expect(watched()).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });

  test("reads its own selection again, whatever characters its labels have", async () => {
    const { say, connection, session } = await watching();
    const select = ['a{x!="\\"\\\\\\n\t\u0001}{,"}'];
    await say({ type: "subscribe", id: 5, items: [{ channel: "metrics", select }] });
    const view = connection.of("subscribed")[0]?.items[0]?.view ?? 0;
    await say({ type: "update", id: 6, items: [{ view, everyMs: 60_000 }] });
    expect(connection.of("error")).toEqual([]);
    expect(session.subscriptions.size).toBe(4);
    expect(connection.of("subscribed").map(({ items }) => items[0]?.select)).toEqual([select, select]);
  });
});

describe("is refused as a whole", () => {
  test.each([
    [
      "a view that is not watched",
      [{ view: 1, select: "c" }, { view: 9 }],
      error("not_subscribed", { field: "view", item: 1 }),
    ],
    ["events", [{ view: 1, select: "c" }, { view: 3 }], error("not_subscribed", { field: "view", item: 1 })],
    [
      "a malformed pattern",
      [
        { view: 1, select: "c" },
        { view: 2, select: "(" },
      ],
      error("invalid_message", { field: "select", item: 1 }),
    ],
    ["B27: a view already watched", [{ view: 1, select: "b" }], error("already_subscribed", { item: 0 })],
    [
      "B27: two that lead to one view",
      [
        { view: 1, select: "c" },
        { view: 2, select: "c" },
      ],
      error("already_subscribed", { item: 1 }),
    ],
    [
      "one view named twice",
      [
        { view: 1, select: "c" },
        { view: 1, everyMs: 10_000 },
      ],
      error("invalid_message", { field: "view", item: 1 }),
    ],
  ])("%s", async (_, items, answer) => {
    const { update, connection, watched, session } = await watching();
    await update(items);
    expect(connection.messages).toEqual([answer]);
    expect(session.subscriptions.views).toEqual([1, 2, 3]);
    expect(watched()).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });

  test("where the channel is no longer allowed", async () => {
    let allowed = true;
    const { update, connection } = await watching({ authorize: async () => (allowed ? {} : undefined) });
    allowed = false;
    await update([{ view: 1, select: "c" }]);
    expect(connection.messages).toEqual([error("forbidden", { field: "channel", item: 0 })]);
  });

  test("at the limit of views", async () => {
    const { update, connection } = await watching({ options: { maxViews: 3 } });
    await update([{ view: 1, select: "c" }]);
    expect(connection.messages).toEqual([error("limit", { field: "views", item: 0 })]);
  });
});

describe("unsubscribe", () => {
  test("leaves the views, and nothing more comes of them", async () => {
    const { say, connection, session, metrics, watched } = await watching();
    await say({ type: "unsubscribe", id: 1, views: [1, 3] });
    expect(connection.messages).toEqual([{ type: "unsubscribed", id: 1, views: [1, 3] }]);
    expect(session.subscriptions.views).toEqual([2]);
    expect(watched()).toEqual([["b", 1]]);
    metrics.tick(101, [1, 1, 1]);
    session.serve();
    expect(connection.of("frame").map(({ view }) => view)).toEqual([2]);
  });

  test("B27: of one that is not watched leaves none", async () => {
    const { say, connection, session } = await watching();
    await say({ type: "unsubscribe", id: 1, views: [1, 9] });
    expect(connection.messages).toEqual([error("not_subscribed", { field: "views", item: 1 })]);
    expect(session.subscriptions.size).toBe(3);
  });

  test("of one named twice leaves it once", async () => {
    const { say, watched } = await watching();
    await say({ type: "unsubscribe", id: 1, views: [1, 1] });
    expect(watched()).toEqual([["b", 1]]);
  });

  test("says when the view was left, so that it lingers", async () => {
    const { say, time, hub } = await watching();
    const [view] = hub.views.watched("metrics");
    time.ms = 5_000;
    await say({ type: "unsubscribe", id: 1, views: [1] });
    expect(view).toMatchObject({ watchers: 0, idleSinceMs: 5_000 });
  });
});

test("positions of what is watched are this writer's", async () => {
  const { update, connection } = await watching();
  await update([{ view: 1, select: "c" }]);
  expect(connection.of("subscribed")[0]?.items[0]?.position).toBe(`v1.${epoch}.100`);
});

test("stays within what may be watched by now, whatever it was before", async () => {
  let tenant = "1";
  const { update, connection, hub } = await watching({
    authorize: async (_, channel): Promise<Record<string, string>> =>
      channel === "events" ? {} : { tenant },
  });
  for (tenant of ["1", "2"]) {
    const view = connection.of("subscribed").at(-1)?.items[0]?.view ?? 1;
    await update([{ view, select: ["*", '*{tenant!="x"}'] }]);
    expect(connection.of("error")).toEqual([]);
    const shown = connection
      .of("frame")
      .at(-1)
      ?.series?.map(({ name }) => name);
    expect(shown).toEqual(tenant === "1" ? ["a", "b"] : ["c"]);
  }
  expect(hub.views.watched("metrics").map(({ key }) => key.scope)).toContainEqual({ tenant: "2" });
});
