import { manualClock, until, type WireClient } from "@metricast/testkit";
import { expect } from "vitest";
import { secret } from "./hooked-service.js";
import {
  errorOf,
  expectAnswer,
  expectClose,
  expectServed,
  type InputCase,
  saidCode,
  sends,
} from "./input-case.js";
import type { InputStage } from "./input-stage.js";

// B23, B24, B33 and B36: clients that do not say who they are, or say it wrongly.

/** What is sent by a client that the handshake did not authenticate; it gets the answer and no byte of data. */
function strange(
  { row, when, input }: Omit<InputCase, "run">,
  sent: (stage: InputStage) => unknown | Promise<unknown>,
  extra: object = {},
): InputCase {
  return {
    row,
    ...(when !== undefined && { when }),
    input,
    run: async (stage, answer) => {
      const data = await sent(stage);
      const client = await stage.stranger();
      client.peer.send(typeof data === "string" ? data : JSON.stringify(data));
      await expectAnswer(client, answer, extra);
      expectNoData(client);
    },
  };
}

function expectNoData(client: WireClient): void {
  expect(client.received.filter(({ type }) => type !== "error" && type !== "bye")).toEqual([]);
}

const subscribe = { type: "subscribe", id: 1, items: [{ channel: "metrics" }] };
const early: readonly unknown[] = [
  subscribe,
  { type: "ping", id: 1 },
  { type: "list", id: 1 },
  { type: "query", id: 1, items: [{ channel: "metrics", from: 0, to: 1 }] },
  { type: "unsubscribe", id: 1, views: [1] },
  { type: "nope", id: 1 },
  "not JSON",
  "",
  { type: "hello", id: -1 },
  { type: "hello", id: 1, token: 5 },
];

const beforeHello: readonly InputCase[] = [
  ...early.map((data) =>
    strange(
      { row: "B23", when: "the handshake did not authenticate", input: JSON.stringify(data).slice(0, 60) },
      () => data,
    ),
  ),
  {
    row: "B23",
    when: "the handshake did",
    input: "a subscribe without a hello, and a hello after it",
    run: async (stage) => {
      const client = await stage.connect();
      expect((await client.watch()).subscribed.channel).toBe("metrics");
      expect(await client.ask({ type: "hello", version: 1 })).toMatchObject({ type: "welcome" });
    },
  },
];

const notOne = { when: "a version other than 1" };
const noInteger = ['"1"', "1.5", "null", "[1]"];
const versions: readonly InputCase[] = [
  {
    row: "B24",
    when: "a second hello without a token",
    input: "hello twice, authenticated by the first",
    run: async (stage, answer) => {
      const client = await stage.stranger();
      const { startToken } = stage.main.cast;
      stage.tokens.push(startToken);
      await client.ask({ type: "hello", token: startToken });
      client.send({ type: "hello", id: 2 });
      await expectAnswer(client, answer);
    },
  },
  {
    row: "B24",
    when: "a second hello without a token",
    input: "hello twice, authenticated by the handshake",
    run: async (stage, answer) => {
      const client = await stage.connect();
      await client.ask({ type: "hello" });
      client.send({ type: "hello", id: 2 });
      await expectAnswer(client, answer);
    },
  },
  {
    row: "B24",
    when: "a second hello with a token",
    input: "hello twice with the same token",
    run: async (stage) => {
      const client = await stage.stranger();
      const { startToken } = stage.main.cast;
      stage.tokens.push(startToken);
      await client.ask({ type: "hello", token: startToken });
      expect(await client.ask({ type: "hello", token: startToken })).toMatchObject({ type: "welcome" });
    },
  },
  {
    row: "B24",
    when: "a second hello with a token that is not valid",
    input: "hello twice, the second with another token",
    run: async (stage, answer) => {
      const client = await stage.connect();
      await client.ask({ type: "hello" });
      client.send({ type: "hello", id: 20, token: "other" });
      await expectAnswer(client, answer, { id: 20 });
      await expectServed(client);
    },
  },
  ...[0, 2, 999].flatMap((version) => {
    const hello = { type: "hello", id: 3, version };
    return [
      sends({ row: "B24", ...notOne, input: `version ${version}` }, hello, { id: 3 }),
      strange(
        { row: "B24", ...notOne, input: `version ${version} and a good token` },
        ({ main }) => ({ ...hello, token: main.cast.startToken }),
        { id: 3 },
      ),
    ];
  }),
  ...noInteger.flatMap((version) => [
    sends(
      {
        row: "B24",
        when: "a version that is no integer, handshake authenticated",
        input: `version ${version}`,
      },
      `{"type":"hello","id":3,"version":${version}}`,
      { id: 3 },
    ),
    strange(
      { row: "B24", when: "a version that is no integer, otherwise", input: `version ${version}` },
      ({ main }) => `{"type":"hello","id":3,"version":${version},"token":"${main.cast.startToken}"}`,
    ),
  ]),
];

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const invalid = { row: "B33", when: "missing or not valid" };
const hello = (token?: string) => ({ type: "hello", id: 4, ...(token !== undefined && { token }) });
const hour = 3_600_000;

/** Tokens that a careless check would take, by what is wrong with them. */
const badTokens: readonly (readonly [string, (stage: InputStage) => string | Promise<string>])[] = [
  ["an empty one", () => ""],
  ["a guess", () => "let me in"],
  [
    "of algorithm none",
    () => `${base64({ alg: "none", typ: "JWT" })}.${base64({ id: "ann", exp: 2 ** 42 })}.`,
  ],
  ["without a signature", async (stage) => `${(await stage.ticket()).split(".")[0]}.`],
  ["with its last letter changed", async (stage) => withLastChanged(await stage.ticket())],
  ["with another case", async (stage) => (await stage.ticket()).toUpperCase()],
  [
    "expired",
    async (stage) => {
      const token = await stage.ticket();
      await stage.pass(61);
      return token;
    },
  ],
  [
    "not valid yet: of a clock two hours ahead",
    async (stage) => {
      const clock = manualClock(stage.clock.dateMs() + 2 * hour);
      return await stage.ticket(await stage.also({ clock }));
    },
  ],
  ["for another service", async (stage) => await stage.ticket(await stage.also({ service: "another" }))],
  [
    "of another secret",
    async (stage) => await stage.ticket(await stage.also({ secret: `${secret}, but another` })),
  ],
  ["of 8,192 characters", () => "x".repeat(8_192)],
];

function withLastChanged(token: string): string {
  return token.slice(0, -1) + (token.endsWith("A") ? "B" : "A");
}

const tokens: readonly InputCase[] = [
  strange({ ...invalid, input: "none" }, () => hello(), { id: 4 }),
  ...badTokens.map(([input, token]) =>
    strange({ ...invalid, input }, async (stage) => hello(await token(stage)), { id: 4 }),
  ),
  {
    ...invalid,
    input: "a ticket that is good, for comparison",
    run: async (stage) => {
      const client = await stage.stranger();
      client.send({ type: "hello", id: 4, token: await stage.ticket() });
      await until(() => client.of("welcome").length === 1);
      await expectServed(client);
    },
  },
  strange({ row: "B33", when: "8,193 characters, handshake not authenticated", input: "hello" }, () =>
    hello("x".repeat(8_193)),
  ),
  sends({ row: "B33", when: "8,193 characters, otherwise", input: "hello" }, hello("x".repeat(8_193)), {
    id: 4,
  }),
  strange({ row: "B33", when: "20 KB", input: "hello" }, () => hello("x".repeat(20_480))),
  {
    row: "B33",
    when: "it ran out during the session",
    input: "an identity that ends in five seconds",
    run: async (stage, answer) => {
      const ends = String(stage.clock.dateMs() + 5_000);
      const client = await stage.connect({ headers: [["X-Expires-Ms", ends]] });
      await stage.pass(4);
      await expectServed(client);
      await stage.pass(2);
      await expectClose(client, answer.close);
    },
  },
];

const rebound = { row: "B36", input: "Host and Origin of another name" };
const rebinding = [
  ["Host", "rebound.example.com"],
  ["Origin", "http://rebound.example.com"],
] as const;

const hosts: readonly InputCase[] = [
  {
    ...rebound,
    run: async (stage) => {
      const client = await stage.stranger({ headers: rebinding });
      await stage.pass(3);
      expect(client.received).toEqual([]);
      expect(client.peer.closeCode).toBeUndefined();
    },
  },
  {
    ...rebound,
    when: "hello without valid credentials",
    run: async (stage, answer) => {
      const client = await stage.stranger({ headers: rebinding });
      client.send({ type: "hello", id: 1 });
      await until(() => client.of("error").length === 1);
      await expectClose(client, answer.close);
      expectNoData(client);
    },
  },
];

const faults: InputCase = {
  row: "B15",
  input: "nothing but errors from a client of a good token",
  run: async (stage, answer) => {
    const client = await stage.stranger();
    await client.ask({ type: "hello", token: stage.main.cast.startToken });
    for (let sent = 0; sent < 10; sent += 1) client.peer.send("[]");
    await expectClose(client, saidCode(answer, 4504));
    expect(client.of("error")).toEqual(Array.from({ length: 10 }, () => errorOf(answer)));
  },
};

export const helloCases: readonly InputCase[] = [...beforeHello, ...versions, ...tokens, ...hosts, faults];
