import { tickAlong, until, type WireClient } from "@metricast/testkit";
import { expect } from "vitest";
import { type HookedService, intervalMs } from "./hooked-service.js";
import { errorOf, expectClose, expectError, type InputCase, refusalOf, sends } from "./input-case.js";
import type { InputStage } from "./input-stage.js";

// B31, B32 and B45: asking for much, too often, or for nonsense.

const ann = { headers: [["X-User", "ann"]] } as const;
const yearMs = 365 * 86_400_000;
const names = Array.from({ length: 40 }, (_, index) => `wave_${index}`);

/** Two thousand five hundred ticks of forty series, each value with many digits. */
async function serveMuch(stage: InputStage): Promise<HookedService> {
  const read = ({ now }: { readonly now: number }) =>
    Object.fromEntries(names.map((name, index) => [name, Math.sin(now / 1_000 + index)]));
  const much = await stage.also({ sources: [read] });
  for (let minute = 0; minute < 42; minute += 1) await much.clock.advanceAsync(60_000);
  return much;
}

const query = { channel: "metrics", from: 0, to: 2 ** 52 };

const history: readonly InputCase[] = [
  {
    row: "B31",
    when: "subscribe",
    input: "a year in 2,000 points, again and again",
    run: async (stage) => {
      const { served, clock } = await serveMuch(stage);
      const other = await (await served.open(ann)).watch();
      const greedy = await served.open(ann);
      for (let round = 0; round < 15; round += 1) {
        const { number } = await greedy.watch({ sinceMs: yearMs, points: 2_000 });
        await greedy.ask({ type: "unsubscribe", views: [number] });
      }
      const view = await greedy.watch({ sinceMs: yearMs, points: 2_000 });
      const { from = 0, to = 0, step = 0 } = view.subscribed.history ?? {};
      expect((to - from) / step).toBeLessThanOrEqual(2_000);
      await until(() => view.blocks.at(-1)?.fromTick === from);
      expectPages(greedy);
      const frames = other.frames.length;
      await tickAlong(clock, intervalMs, [other, view], 3);
      expect(other.frames.slice(frames).map(({ prev = 0, tick }) => tick - prev)).toEqual([1, 1, 1]);
      expect([other.faults, view.faults]).toEqual([[], []]);
    },
  },
  {
    row: "B31",
    when: "query over the bound",
    input: "2,000 points of everything",
    run: async (stage, answer) => {
      const { served } = await serveMuch(stage);
      const client = await served.open(ann);
      client.send({ type: "query", id: 6, items: [{ ...query, points: 2_000 }] });
      await expectError(client, answer, { id: 6, item: 0 });
      const less = await client.ask({ type: "query", items: [{ ...query, points: 100 }] });
      expect(less.type).toBe("result");
    },
  },
  {
    row: "B31",
    when: "over the message rate",
    input: "a subscription every 10 ms",
    run: async (stage, answer) => {
      const { served, clock } = await stage.also({});
      const client = await served.open(ann);
      const item = { channel: "metrics", sinceMs: yearMs, points: 2_000 };
      for (let id = 1; id <= 41; id += 1) {
        client.send({ type: "subscribe", id, items: [{ ...item, select: [`wave_${id}`] }] });
        await until(() => client.of("subscribed").length + client.of("error").length === id);
        await clock.advanceAsync(10);
      }
      await expectError(client, answer, { id: 41, retryAfterMs: expect.any(Number) });
      // One message is 600 ms; 40 have waited 10 each.
      const [{ retryAfterMs = 0 } = {}] = client.of("error");
      expect([200, 201]).toContain(retryAfterMs);
      expect(client.of("subscribed")).toHaveLength(40);
    },
  },
  ...[2_001, 1e9].flatMap((points) =>
    [
      { type: "subscribe", id: 6, items: [{ channel: "metrics", sinceMs: 60_000, points }] },
      { type: "query", id: 6, items: [{ ...query, points }] },
    ].map((message) =>
      sends(
        { row: "B31", when: "points over 2,000", input: `${message.type} with points ${points}` },
        message,
        { id: 6, item: 0 },
      ),
    ),
  ),
];

/** Pages of about 32 KB: not one for each point, and none that keeps everything else waiting. */
function expectPages(client: WireClient): void {
  const blocks = client.peer.messages.filter((message) => String(message).startsWith('{"type":"block"'));
  const last = blocks.slice(-5).map((block) => block.length);
  expect(blocks.length).toBeGreaterThan(10);
  expect(Math.max(...last)).toBeLessThan(2 * 32_768);
  expect(Math.max(...last)).toBeGreaterThan(16_384);
}

const burst = 40;

const rates: readonly InputCase[] = [
  {
    row: "B32",
    input: "the 41st of a burst",
    run: async (stage, answer) => {
      const client = await stage.connect();
      for (let id = 1; id <= burst; id += 1) client.send({ type: "ping", id });
      client.send({ type: "subscribe", id: 41, items: [{ channel: "metrics" }] });
      await expectError(client, answer, { id: 41, retryAfterMs: 600 });
      expect(client.of("pong")).toHaveLength(burst);
      await stage.pass(1);
      // It was not applied, or the view would be watched already.
      client.send({ type: "subscribe", id: 42, items: [{ channel: "metrics" }] });
      await until(() => client.of("subscribed").length === 1);
      expect(client.of("error")).toHaveLength(1);
    },
  },
  {
    row: "B32",
    input: "faulty ones count as good ones do",
    run: async (stage, answer) => {
      const client = await stage.connect();
      for (let id = 1; id <= burst - 5; id += 1) client.send({ type: "ping", id });
      for (let sent = 0; sent < 6; sent += 1) client.peer.send("{");
      await until(() => client.of("error").length === 6);
      expect(client.of("error")[5]).toEqual(errorOf(answer, { retryAfterMs: 600 }));
    },
  },
  {
    row: "B32",
    when: "the tenth such answer within a minute",
    input: "50 messages at once",
    run: async (stage, answer) => {
      const client = await stage.connect();
      for (let id = 1; id <= burst + 10; id += 1) client.send({ type: "ping", id });
      await expectClose(client, answer.close);
      expect([client.of("pong").length, client.of("error").length]).toEqual([burst, 10]);
    },
  },
  {
    row: "B32",
    when: "many sockets",
    input: "101 upgrades at once from one address",
    run: async (stage, answer) => {
      const { served } = await stage.also({});
      for (let opened = 0; opened < 100; opened += 1) await served.open();
      const refusal = await refusalOf(served.open());
      expect(refusal.status).toBe(answer.http);
      expect(refusal.headers.get("retry-after")).toBe("1");
    },
  },
];

/** A query with one member bent, and the field that is blamed. */
function bentQuery(input: string, members: string, field: string): InputCase {
  return {
    row: "B45",
    input,
    run: async (stage, answer) => {
      const client = await stage.connect();
      client.peer.send(`{"type":"query","id":6,"items":[{"channel":"metrics",${members}}]}`);
      await expectError(client, answer, { id: 6, item: 0, field });
    },
  };
}

const times = ["null", '"NaN"', '"0"', "-1", "1.5", "1e400", "9007199254740992", "[]", "{}"];

const queries: readonly InputCase[] = [
  ...times.flatMap((time) => [
    bentQuery(`from ${time}`, `"from":${time},"to":1`, "from"),
    bentQuery(`to ${time}`, `"from":1,"to":${time}`, "to"),
  ]),
  bentQuery("no from", '"to":1', "from"),
  bentQuery("no to", '"from":1', "to"),
  bentQuery("to before from", '"from":2,"to":1', "to"),
  ...["1e9", "2001", "0", "-1", "1.5", '"5"', "null"].map((points) =>
    bentQuery(`points ${points}`, `"from":0,"to":1,"points":${points}`, "points"),
  ),
  ...['"sum"', '""', "null", "7", '"__proto__"'].map((merge) =>
    bentQuery(`merge ${merge}`, `"from":0,"to":1,"merge":${merge}`, "merge"),
  ),
  sends({ row: "B45", input: "no items" }, { type: "query", id: 6, items: [] }, { id: 6, field: "items" }),
  sends(
    { row: "B45", input: "an item that is none" },
    { type: "query", id: 6, items: [query, null] },
    { id: 6, item: 1, field: "items" },
  ),
  {
    row: "B45",
    input: "__proto__ among the fields, which is ignored",
    run: async (stage) => {
      const client = await stage.connect();
      const item = '{"channel":"metrics","from":0,"to":1,"__proto__":{"points":0,"merge":"sum"}}';
      client.peer.send(`{"type":"query","id":6,"items":[${item}]}`);
      await until(() => client.of("result").length === 1);
      expect(Reflect.get({}, "points")).toBeUndefined();
    },
  },
];

export const loadCases: readonly InputCase[] = [...history, ...rates, ...queries];
