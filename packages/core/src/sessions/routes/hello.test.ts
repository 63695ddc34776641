import { describe, expect, test } from "vitest";
import type { Identity } from "../../contracts/identity.js";
import { type FakeHubOptions, fakeClient } from "../testing/fake-hub.js";

const tokens = new Map([["good", { id: "a", scope: { tenant: "1" } }]]);
const codes = (client: ReturnType<typeof fakeClient>) => client.connection.closes.map(({ code }) => code);

const welcome = {
  type: "welcome",
  version: 1,
  session: "s1",
  instance: "web-1",
  serverTimeMs: 1_000_000,
  heartbeatMs: 10_000,
  limits: { maxMessageBytes: 16_384, maxSubscriptions: 128, messagesPerMinute: 100 },
};

describe("where the handshake did not authenticate", () => {
  test("a good token is welcomed", async () => {
    const client = fakeClient({ identity: null, tokens });
    await client.say({ type: "hello", id: 3, version: 1, token: "good" });
    expect(client.connection.messages).toEqual([{ ...welcome, id: 3 }]);
    expect(client.session.identity).toEqual({ id: "a", scope: { tenant: "1" } });
  });

  test.each([
    ["B33: no token", { type: "hello" }, {}],
    ["B33: one that is not valid", { type: "hello", id: 2, token: "bad" }, { id: 2 }],
  ])("%s is refused, then closed for good", async (_, message, echo) => {
    const client = fakeClient({ identity: null, tokens });
    await client.say(message);
    expect(client.connection.messages).toEqual([
      { type: "error", ...echo, code: "unauthenticated", temporary: false, field: "token" },
      { type: "bye", code: 4502, reason: "unauthenticated" },
    ]);
    expect(codes(client)).toEqual([4502]);
    await client.say({ type: "hello", token: "good" });
    expect(client.session.identity).toBeUndefined();
  });

  test("subscriptions in the same breath save a round trip", async () => {
    const client = fakeClient({ identity: null, tokens });
    await client.say({
      type: "hello",
      id: 1,
      token: "good",
      resume: [{ channel: "metrics" }, { channel: "events" }],
    });
    expect(client.connection.messages.map(({ type }) => type)).toEqual(["welcome", "subscribed", "frame"]);
    expect(client.connection.of("subscribed")).toMatchObject([{ id: 1, items: [{ view: 1 }, { view: 2 }] }]);
  });

  test("of which one is refused: the session is welcome all the same", async () => {
    const client = fakeClient({ identity: null, tokens });
    await client.say({
      type: "hello",
      token: "good",
      resume: [{ channel: "metrics" }, { channel: "secret" }],
    });
    expect(client.connection.messages).toEqual([
      welcome,
      { type: "error", code: "forbidden", temporary: false, field: "channel", item: 1 },
    ]);
    expect(client.session.subscriptions.size).toBe(0);
  });
});

describe("where the handshake did", () => {
  test("hello is optional, needs no token, and does not change who one is", async () => {
    const client = fakeClient({ tokens });
    await client.say({ type: "hello", id: 1, token: "good" });
    expect(client.connection.messages).toEqual([{ ...welcome, id: 1 }]);
    expect(client.session.identity).toEqual({ id: "visitor" });
  });

  test("B24: a malformed version is an error, and the session goes on", async () => {
    const client = fakeClient();
    await client.say({ type: "hello", id: 1, version: "1" });
    expect(client.connection.messages).toEqual([
      { type: "error", code: "invalid_message", temporary: false, field: "version", id: 1 },
    ]);
    expect(codes(client)).toEqual([]);
  });
});

test("B24: a second hello without a token closes the session", async () => {
  for (const identity of [null, { id: "visitor" }]) {
    const client = fakeClient({ identity, tokens });
    await client.say({ type: "hello", token: "good" });
    await client.say({ type: "hello" });
    expect(codes(client)).toEqual([4500]);
    expect(client.connection.of("welcome")).toHaveLength(1);
  }
});

describe("a further hello with a token renews", () => {
  const renewed = { id: "a", scope: { tenant: "1" }, expiresMs: 2_000_000 };
  const more = new Map<string, Identity>([
    ["good", { ...renewed, expiresMs: 1_500_000 }],
    ["later", renewed],
    ["other", { id: "b" }],
    ["narrower", { ...renewed, scope: { tenant: "2" } }],
  ]);
  const start = async (authorize?: FakeHubOptions["authorize"]) => {
    const client = fakeClient({ identity: null, tokens: more, ...(authorize && { authorize }) });
    await client.say({ type: "hello", token: "good" });
    expect(client.connection.of("welcome")).toMatchObject([{ expiresMs: 1_500_000 }]);
    return client;
  };
  const own = (identity: Identity) => Promise.resolve(identity.scope ?? {});

  test("how long the session lives, and what it watches goes on", async () => {
    const client = await start(own);
    await client.say({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
    await client.say({ type: "hello", id: 2, token: "later" });
    expect(client.connection.of("welcome").at(-1)).toMatchObject({ id: 2, expiresMs: 2_000_000 });
    expect(client.session.identity).toEqual(renewed);
    expect(client.session.subscriptions.size).toBe(1);
    expect(codes(client)).toEqual([]);
  });

  test.each([
    ["one that is not valid", { token: "bad" }, { code: "unauthenticated", field: "token" }],
    ["somebody else's", { token: "other" }, { code: "forbidden", field: "token" }],
    [
      "with something to resume",
      { token: "later", resume: [{ channel: "metrics" }] },
      { code: "invalid_message", field: "resume" },
    ],
  ])("not by %s: refused, and nothing changes", async (_, hello, refusal) => {
    const client = await start();
    await client.say({ type: "hello", id: 2, ...hello });
    expect(client.connection.of("error")).toEqual([{ type: "error", id: 2, temporary: false, ...refusal }]);
    expect(client.session.identity).toEqual(more.get("good"));
    expect(codes(client)).toEqual([]);
  });

  test("and where it is shown something else from now on, it has to come back", async () => {
    const client = await start(own);
    await client.say({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
    await client.say({ type: "hello", id: 2, token: "narrower" });
    expect(codes(client)).toEqual([4004]);
  });

  test("what was allowed before is not begun after", async () => {
    let allow: (scope: object) => void = () => {};
    const client = await start(() => new Promise((resolve) => (allow = () => resolve({ tenant: "1" }))));
    await client.say({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
    await client.say({ type: "hello", id: 2, token: "narrower" });
    allow({});
    await client.say({ type: "ping", id: 3 });
    expect(client.connection.of("error")).toMatchObject([{ id: 1, code: "unavailable", temporary: true }]);
    expect(client.session.subscriptions.size).toBe(0);
  });
});

test.each([0, 2, 999])("B24: version %i is told, then closed for good", async (version) => {
  for (const identity of [null, { id: "visitor" }]) {
    const client = fakeClient({ identity, tokens });
    await client.say({ type: "hello", id: 1, version, token: "good" });
    expect(client.connection.messages).toEqual([
      { type: "error", id: 1, code: "unsupported_version", temporary: false, field: "version" },
      { type: "bye", code: 4501, reason: "protocol version" },
    ]);
    expect(codes(client)).toEqual([4501]);
  }
});
