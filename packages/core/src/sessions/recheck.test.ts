import { describe, expect, test } from "vitest";
import type { Hub } from "./hub.js";
import { recheck } from "./recheck.js";
import { fakeClient, settle } from "./testing/fake-hub.js";

type Answer = Readonly<Record<string, string>> | undefined;

/** A client that watches metrics and events, by what the host answers at that time. */
async function watching(first: Answer, ...channels: string[]) {
  const host = { answer: first, asked: [] as string[], pending: undefined as Promise<Answer> | undefined };
  const authorize: Hub["authorize"] = (_, channel) => {
    host.asked.push(channel);
    return host.pending ?? Promise.resolve(host.answer);
  };
  const client = fakeClient({ authorize });
  await client.say({ type: "subscribe", id: 1, items: channels.map((channel) => ({ channel })) });
  expect(client.connection.of("subscribed")).toHaveLength(1);
  host.asked.length = 0;
  const codes = () => client.connection.closes.map(({ code }) => code);
  return { ...client, host, codes, again: () => recheck(client.session, client.hub) };
}

test("nothing happens while the answer is the same, and each channel is asked for once", async () => {
  const { again, host, codes, session } = await watching({}, "metrics", "events");
  await again();
  expect(host.asked).toEqual(["metrics", "events"]);
  expect(codes()).toEqual([]);
  expect(session.subscriptions.size).toBe(2);
});

describe("a session is sent away to come back", () => {
  const changes: [string, Answer, Answer, string][] = [
    ["it may no longer watch", { tenant: "1" }, undefined, "metrics"],
    ["it is held to another scope", { tenant: "1" }, { tenant: "2" }, "metrics"],
    ["it is held to one label more", { tenant: "1" }, { tenant: "1", zone: "a" }, "metrics"],
    ["it may see more", { tenant: "1" }, {}, "metrics"],
    ["it watches events and is held to a scope", {}, { tenant: "1" }, "events"],
  ];
  test.each(changes)("where %s", async (_, before, after, channel) => {
    const { again, host, codes, connection, session } = await watching(before, channel);
    host.answer = after;
    await again();
    expect(codes()).toEqual([4004]);
    expect(connection.of("bye")).toMatchObject([{ code: 4004, reconnectAfterMs: 0 }]);
    expect(session.subscriptions.size).toBe(0);
  });
});

test("what it began to watch while the host thought was allowed then", async () => {
  const { again, host, codes, say } = await watching({}, "metrics");
  let answer: (scope: Answer) => void = () => {};
  host.pending = new Promise((resolve) => (answer = resolve));
  const done = again();
  host.pending = undefined;
  await say({ type: "subscribe", id: 2, items: [{ channel: "other" }] });
  answer({});
  await done;
  expect(codes()).toEqual([]);
});

test("an answer that is late for who it was about changes nothing", async () => {
  const { again, host, codes, session } = await watching({}, "metrics");
  let answer: (scope: Answer) => void = () => {};
  host.pending = new Promise((resolve) => (answer = resolve));
  const done = again();
  session.identity = { id: "visitor", expiresMs: 1 };
  answer(undefined);
  await done;
  await settle();
  expect(codes()).toEqual([]);
});
