import { closeCodes } from "@metricast/protocol";
import { describe, expect, test } from "vitest";
import { fakeClient, settle } from "./testing/fake-hub.js";

const codes = (client: ReturnType<typeof fakeClient>) => client.connection.closes.map(({ code }) => code);
const errors = (client: ReturnType<typeof fakeClient>) => client.connection.of("error");
const ping = (id: number) => JSON.stringify({ type: "ping", id });

describe("what is no message", () => {
  test("B14: a binary one closes the session", async () => {
    const client = fakeClient();
    client.inbox.message(Buffer.from(ping(1)));
    expect(client.connection.closes).toEqual([{ code: 1003, reason: closeCodes.unsupportedData.reason }]);
    expect(client.connection.of("pong")).toEqual([]);
  });

  test.each(["", " ", "null", "[]", '"x"', "1", '{"type":"ping",}', "[".repeat(16_384), "\uFEFF{}"])(
    "B15, B16, B17: %.20j is answered without id, and counted",
    async (text) => {
      const client = fakeClient();
      await client.say(text);
      expect(client.connection.messages).toEqual([
        { type: "error", code: "invalid_message", temporary: false },
      ]);
      expect(client.stats).toMatchObject({ messagesIn: 1, clientErrors: 1 });
      expect(client.session.isOpen).toBe(true);
    },
  );

  test("B15: the tenth within a minute ends the session, after its answer", async () => {
    const client = fakeClient();
    for (let k = 0; k < 9; k += 1) await client.say("null");
    expect(codes(client)).toEqual([]);
    await client.say("null");
    expect(errors(client)).toHaveLength(10);
    expect(codes(client)).toEqual([4504]);
    expect(client.connection.of("bye")).toEqual([
      { type: "bye", code: 4504, reason: closeCodes.tooManyErrors.reason },
    ]);
    await client.say("null");
    expect(errors(client)).toHaveLength(10);
  });

  test("nine a minute go on for ever", async () => {
    const client = fakeClient();
    for (let k = 0; k < 100; k += 1) {
      client.time.ms += 60_000 / 9 + 1;
      await client.say("null");
    }
    expect(codes(client)).toEqual([]);
  });

  test("errors that may pass are not held against the client", async () => {
    const client = fakeClient({ authorize: () => Promise.reject(new Error("bug")) });
    for (let id = 0; id < 30; id += 1) await client.say({ type: "list", id });
    expect(errors(client)).toHaveLength(30);
    expect(codes(client)).toEqual([]);
  });

  test("B19: one over the size limit closes the session unread", async () => {
    const client = fakeClient();
    const padded = (bytes: number) =>
      ping(1).replace("}", `,"x":"${"ä".repeat((bytes - ping(1).length - 7) / 2)}"}`);
    expect(Buffer.byteLength(padded(16_384))).toBeLessThanOrEqual(16_384);
    await client.say(padded(16_384));
    expect(client.connection.of("pong")).toHaveLength(1);
    await client.say(padded(16_388));
    expect(codes(client)).toEqual([1009]);
  });
});

describe("ids", () => {
  test("B20: the last of equal ones is answered", async () => {
    const client = fakeClient();
    await client.say('{"type":"ping","id":1,"id":2}');
    expect(client.connection.of("pong")).toMatchObject([{ id: 2 }]);
  });

  test("B21: one of a request that is not answered yet is refused without id, and the first is answered", async () => {
    let allow: (scope: Record<string, string>) => void = () => {};
    const client = fakeClient({
      authorize: () =>
        new Promise((resolve) => {
          allow = resolve;
        }),
    });
    const subscribe = { type: "subscribe", id: 7, items: [{ channel: "metrics" }] };
    await client.say(subscribe);
    await client.say(subscribe);
    await client.say({ type: "ping", id: 7 });
    expect(client.connection.messages).toEqual([
      { type: "error", code: "invalid_message", temporary: false, field: "id" },
      { type: "error", code: "invalid_message", temporary: false, field: "id" },
    ]);
    allow({});
    await settle();
    expect(client.connection.of("subscribed")).toMatchObject([{ id: 7 }]);
    await client.say({ type: "ping", id: 7 });
    expect(client.connection.of("pong")).toMatchObject([{ id: 7 }]);
  });

  test("B22: unknown types are told so, with the id", async () => {
    const client = fakeClient();
    for (const type of ["nope", "frame", "constructor"]) await client.say({ type, id: 3 });
    await client.say({ id: 3 });
    const unknown = { type: "error", code: "unknown_type", temporary: false, field: "type", id: 3 };
    expect(client.connection.messages).toEqual([
      unknown,
      unknown,
      unknown,
      { ...unknown, code: "invalid_message" },
    ]);
  });
});

describe("B23: before hello", () => {
  test.each([
    "null",
    "{",
    ping(1),
    '{"type":"nope","id":1}',
    '{"type":"hello","version":"1"}',
    '{"type":"hello","token":5}',
  ])("%s closes the session without an answer", async (text) => {
    const client = fakeClient({ identity: null });
    await client.say(text);
    expect(codes(client)).toEqual([4500]);
    expect(client.connection.messages.map(({ type }) => type)).toEqual(["bye"]);
  });

  test("what came after it in one breath is handled", async () => {
    const client = fakeClient({ identity: null, tokens: new Map([["good", { id: "a" }]]) });
    client.inbox.message('{"type":"hello","token":"good"}');
    client.inbox.message(ping(1));
    await settle();
    expect(client.connection.messages.map(({ type }) => type)).toEqual(["welcome", "pong"]);
  });
});

describe("B32: the rate", () => {
  test("forty at once pass, the next is told when to come back and is not applied", async () => {
    const client = fakeClient();
    for (let id = 1; id <= 41; id += 1) await client.say(ping(id));
    expect(client.connection.of("pong")).toHaveLength(40);
    expect(errors(client)).toEqual([
      { type: "error", code: "rate_limited", temporary: true, id: 41, retryAfterMs: 600 },
    ]);
    expect(client.stats).toMatchObject({ rateLimited: 1, messagesIn: 41 });
    client.time.ms += 600;
    await client.say(ping(42));
    expect(client.connection.of("pong")).toHaveLength(41);
  });

  test("the tenth refusal within a minute ends the session", async () => {
    const client = fakeClient();
    for (let id = 1; id <= 49; id += 1) await client.say(ping(id));
    expect(codes(client)).toEqual([]);
    await client.say(ping(50));
    expect(errors(client)).toHaveLength(10);
    expect(codes(client)).toEqual([4005]);
  });

  test("malformed ones count too", async () => {
    const client = fakeClient({ options: { messageBurst: 3 } });
    for (let k = 0; k < 4; k += 1) await client.say("null");
    expect(errors(client).map(({ code }) => code)).toEqual([
      "invalid_message",
      "invalid_message",
      "invalid_message",
      "rate_limited",
    ]);
  });

  test("at the documented rate nobody is ever refused", async () => {
    const client = fakeClient();
    for (let id = 1; id <= 300; id += 1) {
      client.time.ms += 600;
      await client.say(ping(id));
    }
    expect(errors(client)).toEqual([]);
  });
});

describe("a route that fails", () => {
  test("is our fault: the client is told, the host hears of it, the session goes on", async () => {
    const cause = new Error("bug");
    const client = fakeClient({ authorize: () => Promise.reject(cause) });
    await client.say({ type: "subscribe", id: 5, items: [{ channel: "metrics" }] });
    expect(client.connection.messages).toEqual([{ type: "error", code: "internal", temporary: true, id: 5 }]);
    expect(client.reports).toEqual([["error", "MC_INTERNAL", { key: "route subscribe" }, cause]]);
    await client.say(ping(6));
    expect(client.connection.of("pong")).toHaveLength(1);
  });

  test("says nothing of the fault to the client", async () => {
    const client = fakeClient({ authorize: () => Promise.reject(new Error("password=hunter2")) });
    await client.say({ type: "list", id: 5 });
    expect(JSON.stringify(client.connection.messages)).not.toContain("hunter2");
  });
});

test("a session that ended while its request was being decided gets no answer", async () => {
  let allow: (scope: Record<string, string>) => void = () => {};
  const client = fakeClient({
    authorize: () =>
      new Promise((resolve) => {
        allow = resolve;
      }),
  });
  await client.say({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
  client.session.end(closeCodes.kicked);
  client.connection.forget();
  allow({});
  await settle();
  expect(client.connection.writes).toEqual([]);
  expect(client.hub.views.isWatched("metrics")).toBe(false);
});

test("what comes of a session that ended is not looked at", async () => {
  const asked: string[] = [];
  const client = fakeClient({
    authorize: async (_, channel) => {
      asked.push(channel);
      return {};
    },
  });
  client.session.end(closeCodes.kicked);
  await client.say({ type: "list", id: 1, channel: "metrics" });
  expect(asked).toEqual([]);
  expect(client.stats.messagesIn).toBe(0);
});

test("every message is heard, whatever it says", async () => {
  const client = fakeClient();
  client.time.ms = 5_000;
  await client.say("null");
  expect(client.session.lastHeardMs).toBe(5_000);
});
