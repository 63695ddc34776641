import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  type ClientMessage,
  closeCodes,
  protocolLimits,
  type ServerMessageType,
  wireCodes,
} from "@metricast/protocol";
import { FakeConnection, manualClock, seededRandom } from "@metricast/testkit";
import { expect, test } from "vitest";
import { createMetricast, type Metricast } from "../metricast.js";

/** Whatever a client sends, the answer is a word of the tables, and nothing of it stays. */

const inputs = 20_000;
const seed = 20_261_124;

const known: { readonly [type in ServerMessageType]: true } = {
  welcome: true,
  subscribed: true,
  unsubscribed: true,
  frame: true,
  block: true,
  result: true,
  series: true,
  events: true,
  quality: true,
  revised: true,
  beat: true,
  error: true,
  pong: true,
  bye: true,
};
/** With these a session may end that only ever sent nonsense. */
const ends = new Set(
  [
    closeCodes.badMessage,
    closeCodes.tooManyErrors,
    closeCodes.rateLimited,
    closeCodes.unauthenticated,
    closeCodes.unsupportedVersion,
    closeCodes.unsupportedData,
    closeCodes.tooBig,
    closeCodes.helloTimeout,
  ].map(({ code }) => code as number),
);

const greetings: readonly ClientMessage[] = [
  { type: "hello", id: 1, version: 1, token: "a token" },
  { type: "hello", resume: [{ channel: "metrics", position: "v1.0123456789abcdef.1700000000" }] },
];
const corpus: readonly ClientMessage[] = [
  { type: "subscribe", id: 2, items: [{ channel: "metrics" }] },
  {
    type: "subscribe",
    id: 3,
    items: [{ channel: "metrics", select: ['a*{x="1",y!="2"}'], everyMs: 10_000 }],
  },
  {
    type: "subscribe",
    id: 4,
    items: [{ channel: "metrics", sinceMs: 900_000, points: 300, merge: "instance" }],
  },
  { type: "subscribe", id: 5, items: [{ channel: "events", select: ["deploy"], position: "v1.0.3" }] },
  { type: "update", id: 6, items: [{ view: 1, select: ["b", "h"], everyMs: 1_000 }] },
  { type: "unsubscribe", id: 7, views: [1] },
  { type: "unsubscribe", id: 7, views: Array.from({ length: 129 }, (_, view) => view) },
  { type: "query", id: 8, items: [{ channel: "metrics", from: 1_699_990_000_000, to: 1_700_000_900_000 }] },
  { type: "list", id: 9, channel: "metrics", select: ["*"] },
  { type: "ping", id: 10 },
];

/** Values and texts that have hurt somebody. */
const nasty: readonly string[] = [
  "null",
  "true",
  "{}",
  "[]",
  '""',
  "0",
  "-0",
  "-1",
  "1.5",
  "1e999",
  "-1e999",
  "9007199254740993",
  "NaN",
  '"__proto__"',
  '{"__proto__":{"polluted":1}}',
  '"constructor"',
  '"\\ud800"',
  '"\\u0000"',
  '"*"',
  '"********"',
  '"a{b=\\"c\\"}"',
  '"a{"',
  '["*","*"]',
  "[[[[[[[[[[1]]]]]]]]]]",
  `"${"x".repeat(1_001)}"`,
  `"${"*?".repeat(400)}"`,
  `[${"0,".repeat(200)}0]`,
  '"v1..1"',
  '"v1.x.99999999999999999999"',
  '{"type":"ping"}',
  "\\u2028",
  "]",
  "}",
  ",",
];

/** How a session behaves: percentages, and the time between two messages. */
interface Mood {
  readonly valid: number;
  readonly pings: number;
  readonly pauseMs: number;
}

const moods: readonly Mood[] = [
  { valid: 0, pings: 0, pauseMs: 0 },
  { valid: 50, pings: 0, pauseMs: 2_000 },
  { valid: 90, pings: 0, pauseMs: 7_000 },
  { valid: 99, pings: 95, pauseMs: 100 },
];

class Fuzzer {
  readonly #random = seededRandom(seed).fraction;

  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.below(list.length)];
    if (picked === undefined) throw new Error("nothing to pick");
    return picked;
  }

  input(token: string, { valid, pings }: Mood): string | Uint8Array {
    if (this.below(100) < pings) return JSON.stringify({ type: "ping", id: this.below(1_000) });
    if (this.below(100) < valid) return this.#valid(token);
    const kind = this.below(100);
    if (kind < 65) return this.#mutated(this.#valid(token));
    if (kind < 80) return JSON.stringify(this.#anyJson(0));
    if (kind < 90) return this.#shuffledFields(token);
    if (kind < 97) return this.#text(this.below(200));
    if (kind < 98) return this.#text(20_000);
    return Uint8Array.from({ length: this.below(100) }, () => this.below(256));
  }

  #valid(token: string): string {
    const message = { ...(this.below(30) === 0 ? this.pick(greetings) : this.pick(corpus)) };
    if (message.type === "hello") return JSON.stringify(this.below(3) > 0 ? { ...message, token } : message);
    return JSON.stringify({ ...message, id: this.below(1_000) });
  }

  /** A valid message with a few bytes, values or parts of another in the wrong place. */
  #mutated(text: string): string {
    let mutated = text;
    for (let left = 1 + this.below(4); left > 0; left -= 1) {
      const at = this.below(mutated.length + 1);
      const end = Math.min(mutated.length, at + this.below(6));
      const put = this.pick([this.pick(nasty), "", this.#text(this.below(3)), this.pick([...'{}[]",:\\'])]);
      mutated =
        this.below(3) === 0 ? this.#otherValue(mutated) : mutated.slice(0, at) + put + mutated.slice(end);
    }
    return mutated;
  }

  /** One value of the message becomes another. */
  #otherValue(text: string): string {
    const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
    if (colons.length === 0) return text;
    const at = this.pick(colons) + 1;
    const end = text.slice(at).search(/[,}\]]/);
    return end < 0 ? text : text.slice(0, at) + this.pick(nasty) + text.slice(at + end);
  }

  /** Known fields with values of any kind. */
  #shuffledFields(token: string): string {
    const type = JSON.parse(this.#valid(token)).type;
    const names = ["id", "items", "views", "channel", "select", "version", "token", "resume"];
    const fields = names.map((name) => [name, this.#anyJson(1)]);
    const kept = fields.filter(() => this.below(2) === 0);
    return JSON.stringify({
      type,
      ...(this.below(2) === 0 && { id: this.below(50) }),
      ...Object.fromEntries(kept),
    });
  }

  #anyJson(depth: number): unknown {
    const kind = this.below(depth > 10 ? 5 : 8);
    if (kind === 0) return null;
    if (kind === 1) return this.below(2) === 0;
    if (kind === 2) return this.pick([this.below(1_000), -1, 0.5, 2 ** 53, 1e300]);
    if (kind < 5) return this.pick(["metrics", "*", "subscribe", "type", this.#text(this.below(20))]);
    const length = this.pick([0, 1, 2, 3, protocolLimits.maxItems + 1]);
    const size = depth > 1 ? Math.min(length, 3) : length;
    const list = Array.from({ length: size }, () => this.#anyJson(depth + 1));
    if (kind === 5) return list;
    const names = ["type", "id", "items", "channel", "view", "select", "__proto__", "from", "to"];
    return Object.fromEntries(list.map((value) => [this.pick(names), value]));
  }

  #text(length: number): string {
    return Array.from({ length }, () =>
      String.fromCharCode(this.below(this.below(4) === 0 ? 65_536 : 128)),
    ).join("");
  }
}

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** What the heap keeps. */
function heapBytes(): number {
  if (typeof collectGarbage === "function") collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** What a message of the server breaks of the tables; undefined where nothing. */
function judge(data: string | Uint8Array): string | undefined {
  if (typeof data !== "string") return "a binary message";
  const { type, code, temporary, reason } = JSON.parse(data);
  if (!Object.hasOwn(known, type)) return `the type ${type}`;
  if (type === "error") {
    const word = Object.entries(wireCodes).find(([name]) => name === code)?.[1];
    return word?.temporary === temporary && code !== "internal" ? undefined : data;
  }
  if (type !== "bye") return undefined;
  return Object.values(closeCodes).some((one) => one.code === code && one.reason === reason)
    ? undefined
    : data;
}

test(`${inputs} messages of any kind get answers of the tables, in bounded time and memory`, {
  timeout: 60_000,
}, async () => {
  const clock = manualClock();
  const fuzzer = new Fuzzer();
  const faults: unknown[] = [];
  const cast: Metricast = createMetricast({
    clock,
    random: seededRandom(seed),
    intervalMs: 10_000,
    instance: "fuzz",
    acceptsPerSecondPerAddress: 1_000_000,
    acceptBurstPerAddress: 1_000_000,
    sources: [() => ({ a: clock.dateMs() % 7, b: 2 })],
  });
  cast.on("error", (error) => faults.push(error));
  await cast.start();
  const codes = new Set<string>();
  let connection: FakeConnection | undefined;
  let longestMs = 0;
  let sessions = 0;
  let mood = fuzzer.pick(moods);
  let heap = 0;

  const open = async (): Promise<FakeConnection> => {
    const opened = await FakeConnection.open(cast.acceptor);
    sessions += 1;
    mood = fuzzer.pick(moods);
    opened.onMessage = (data) => {
      const fault = judge(data);
      if (fault !== undefined) faults.push(fault);
      const code = /^\{"type":"error".*?"code":"(\w+)"/.exec(String(data))?.[1];
      if (code !== undefined) codes.add(code);
    };
    if (fuzzer.below(4) > 0) opened.write(JSON.stringify({ type: "hello", token: cast.startToken }));
    return opened;
  };

  for (let n = 0; n < inputs; n += 1) {
    if (connection === undefined || connection.isClosed || n % 300 === 0) {
      connection?.drop();
      connection = await open();
    }
    const input = fuzzer.input(cast.startToken, mood);
    const startMs = performance.now();
    connection.write(input);
    longestMs = Math.max(longestMs, performance.now() - startMs);
    await clock.advanceAsync(mood.pauseMs);
    if (n % 100 === 0) cast.event(fuzzer.pick(["deploy", "other"]), { n });
    connection.read();
    const { closedWith } = connection;
    if (closedWith && !ends.has(closedWith.code)) faults.push(closedWith);
    if (n === inputs / 4) heap = heapBytes();
  }
  expect(faults).toEqual([]);
  expect(cast.health().clients.count).toBeLessThanOrEqual(1);
  expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  // It was not all refused at the door.
  expect(sessions).toBeGreaterThan(200);
  expect([...codes].sort()).toEqual(
    expect.arrayContaining([
      "forbidden",
      "invalid_message",
      "limit",
      "not_subscribed",
      "rate_limited",
      "unknown_type",
    ]),
  );
  expect(longestMs).toBeLessThan(500);
  expect(heapBytes() - heap).toBeLessThan(8_000_000);
  connection?.drop();
  await cast.close();
  expect(clock.pendingTimers).toBe(0);
});
