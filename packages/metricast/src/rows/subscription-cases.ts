import type { SubscribeItem } from "@metricast/protocol";
import { until, type WireClient } from "@metricast/testkit";
import { expect } from "vitest";
import { type ErrorExtra, expectError, type InputCase, sends } from "./input-case.js";

// B25 to B28: channels that are not there, views that are already, and too many of them.

const subscribe = (...items: readonly object[]) => ({ type: "subscribe", id: 6, items });
const first = { id: 6, item: 0 };

const channel = (row: string, when: string | undefined, input: string, name: unknown): InputCase =>
  sends({ row, ...(when !== undefined && { when }), input }, subscribe({ channel: name }), first);

const noName = { row: "B25", when: "no string, or over 1,000 characters" };
const otherName = { row: "B25", when: "any other string that names no channel" };
const names = [
  "",
  "x".repeat(256),
  "x".repeat(1_000),
  "../metrics",
  "*",
  " metrics",
  "metrics\0",
  "met\nrics",
  "\ud800",
  "\u202escirtem",
  "metric\u0073\u0301",
  "ｍetrics",
  "METRICS",
  "__proto__",
  "constructor",
  "toString",
];

const channels: readonly InputCase[] = [
  ...[7, null, ["metrics"], { metrics: 1 }, true].map((name) =>
    channel(noName.row, noName.when, `channel ${JSON.stringify(name)}`, name),
  ),
  sends({ ...noName, input: "no channel" }, subscribe({}), first),
  channel(noName.row, noName.when, "1,001 characters", "x".repeat(1_001)),
  ...names.map((name) =>
    channel(
      otherName.row,
      otherName.when,
      `${JSON.stringify(name).slice(0, 20)}, ${name.length} characters`,
      name,
    ),
  ),
  sends(
    { ...otherName, input: "the second of two items" },
    subscribe({ channel: "metrics" }, { channel: "../metrics" }),
    { id: 6, item: 1 },
  ),
  sends({ ...otherName, input: "of a list" }, { type: "list", id: 6, channel: "../metrics" }, { id: 6 }),
  ...["refused", "absent"].map((name) => channel("B26", undefined, name, name)),
  sends(
    { row: "B26", input: "of a query" },
    { type: "query", id: 6, items: [{ channel: "refused", from: 0, to: 1 }] },
    first,
  ),
  {
    row: "B26",
    input: "byte for byte the same, there or not",
    run: async (stage) => {
      const said = await Promise.all(
        ["refused", "absent"].map(async (name) => {
          const client = await stage.connect();
          client.peer.send(JSON.stringify(subscribe({ channel: name })));
          await until(() => client.of("error").length === 1);
          return client.peer.messages.at(-1);
        }),
      );
      expect(said[0]).toBe(said[1]);
    },
  },
];

/** Watches two views, then asks for what cannot be; nothing of the request is done. */
function amongTwo(
  when: string,
  input: string,
  request: (views: readonly [number, number]) => object,
  extra: ErrorExtra,
): InputCase {
  return {
    row: "B27",
    when,
    input,
    run: async (stage, answer) => {
      const client = await stage.connect();
      const one = await client.watch({ select: ["seconds"] });
      const two = await client.watch({ select: ["a*"] });
      client.peer.send(JSON.stringify({ ...request([one.number, two.number]), id: 60 }));
      await expectError(client, answer, { ...extra, id: 60 });
      await expectUnchanged(client, [one.number, two.number], stage.pass.bind(stage));
    },
  };
}

/** Both views go on, and what was refused together with something else can be had alone. */
async function expectUnchanged(
  client: WireClient,
  views: readonly number[],
  pass: (seconds: number) => Promise<void>,
): Promise<void> {
  const frames = () => views.map((view) => client.of("frame").filter((frame) => frame.view === view).length);
  await until(() => frames().every((count) => count > 0));
  const before = frames();
  await pass(1);
  await until(() => frames().every((count, at) => count > (before[at] ?? 0)));
  expect((await client.watch({ select: ["fresh"] })).subscribed.select).toEqual(["fresh"]);
}

const fresh = { channel: "metrics", select: "fresh" };
const watchedAlready = "subscribe, or an update that leads to a view already watched";
const notWatched = "unsubscribe, update";

const twice: readonly InputCase[] = [
  amongTwo(
    watchedAlready,
    "subscribe to a view that is watched",
    () => subscribe(fresh, { channel: "metrics", select: ["seconds", "seconds"] }),
    { item: 1 },
  ),
  amongTwo(watchedAlready, "one view twice in a list", () => subscribe(fresh, fresh), { item: 1 }),
  amongTwo(
    watchedAlready,
    "an update that leads to a view that is watched",
    ([one, two]) => ({
      type: "update",
      items: [
        { view: two, select: "fresh" },
        { view: one, select: "a*" },
      ],
    }),
    { item: 1 },
  ),
  amongTwo(notWatched, "unsubscribe", ([one]) => ({ type: "unsubscribe", views: [one, 99_999] }), {
    field: "views",
    item: 1,
  }),
  amongTwo(
    notWatched,
    "update",
    ([one]) => ({ type: "update", items: [{ view: one, select: "fresh" }, { view: 99_999 }] }),
    { field: "view", item: 1 },
  ),
];

const selects = (count: number): Partial<SubscribeItem>[] =>
  Array.from({ length: count }, (_, index) => ({ channel: "metrics", select: [`s${index}`] }));

const many: readonly InputCase[] = [
  {
    row: "B28",
    when: "the session would have more than 128",
    input: "the 129th, after 128 in one message",
    run: async (stage, answer) => {
      const client = await stage.connect();
      client.peer.send(JSON.stringify({ ...subscribe(...selects(128)), id: 1 }));
      await until(() => client.views.size === 128);
      client.peer.send(JSON.stringify(subscribe(fresh)));
      await expectError(client, answer, { id: 6 });
      const [view = 0] = client.views.keys();
      await client.ask({ type: "unsubscribe", views: [view] });
      await client.watch({ select: ["fresh"] });
    },
  },
  {
    row: "B28",
    when: "the session would have more than 128",
    input: "two more where there is room for one",
    run: async (stage, answer) => {
      const client = await stage.connect();
      client.peer.send(JSON.stringify({ ...subscribe(...selects(127)), id: 1 }));
      await until(() => client.views.size === 127);
      client.peer.send(JSON.stringify(subscribe(fresh, { channel: "metrics", select: "other" })));
      await expectError(client, answer, { id: 6 });
      await client.watch({ select: ["fresh"] });
    },
  },
  ...(
    [
      ["129 items", selects(129)],
      ["1,000 items", Array.from({ length: 1_000 }, () => ({}))],
    ] as const
  ).map(([input, items]) =>
    sends(
      { row: "B28", when: "the message has more than 128 items", input },
      { type: "subscribe", id: 6, items },
      { id: 6 },
    ),
  ),
];

export const subscriptionCases: readonly InputCase[] = [...channels, ...twice, ...many];
