import { describe, expect, test } from "vitest";
import { protocolLimits } from "./limits.js";
import { exceedsDepth, type ParseFailure, parseClientMessage } from "./parse.js";

function failureOf(text: string): ParseFailure | undefined {
  const parsed = parseClientMessage(text);
  return parsed.ok ? undefined : parsed.failure;
}

function messageOf(value: unknown): unknown {
  const parsed = parseClientMessage(typeof value === "string" ? value : JSON.stringify(value));
  return parsed.ok ? parsed.message : parsed.failure;
}

const subscribe = (item: object, id = 1) =>
  JSON.stringify({ type: "subscribe", id, items: [{ channel: "metrics", ...item }] });

describe("what is no message", () => {
  test.each(["", " ", "\n\t", "null", "[]", '"x"', "1", "true", "[{}]"])(
    "B15: %j is invalid, without id",
    (text) => {
      expect(failureOf(text)).toEqual({ code: "invalid_message" });
    },
  );

  test.each([
    '{"type":"ping"',
    '{"type":"ping","id":1,}',
    '\uFEFF{"type":"ping","id":1}',
    '{"type":"ping","id":1}{"type":"ping","id":2}',
    '{"type":"ping","id":1}\u0000',
    '{"type":"pi\u0000ng","id":1}',
    "{type:'ping'}",
    "undefined",
    "NaN",
  ])("B16: %j is invalid, without id", (text) => {
    expect(failureOf(text)).toEqual({ code: "invalid_message" });
  });
});

describe("depth", () => {
  const nested = (levels: number) =>
    `{"type":"ping","id":1,"x":${"[".repeat(levels - 1)}${"]".repeat(levels - 1)}}`;

  test("B17: eight levels are taken, nine are not", () => {
    expect(messageOf(nested(8))).toEqual({ type: "ping", id: 1 });
    expect(failureOf(nested(9))).toEqual({ code: "invalid_message" });
  });

  test("B17: 16 KB of brackets are refused before they are parsed", () => {
    const began = performance.now();
    expect(failureOf("[".repeat(16_384))).toEqual({ code: "invalid_message" });
    expect(failureOf('{"a":'.repeat(3_276))).toEqual({ code: "invalid_message" });
    expect(performance.now() - began).toBeLessThan(50);
  });

  test("a valid document that is too deep is refused without JSON.parse", () => {
    const parse = JSON.parse;
    let calls = 0;
    JSON.parse = (...args: Parameters<typeof parse>) => {
      calls += 1;
      return parse(...args);
    };
    try {
      parseClientMessage(nested(9));
      expect(calls).toBe(0);
      parseClientMessage(nested(8));
      expect(calls).toBe(1);
    } finally {
      JSON.parse = parse;
    }
  });

  test("brackets within strings do not count, escaped quotes do not end them", () => {
    const text = JSON.stringify({ type: "ping", id: 1, note: `"\\[[[[[[[[[[{{{{` });
    expect(exceedsDepth(text, 8)).toBe(false);
    expect(messageOf(text)).toEqual({ type: "ping", id: 1 });
    expect(exceedsDepth('"\\\\"[[[[', 3)).toBe(true);
  });

  test("closing brackets give the depth back", () => {
    expect(exceedsDepth("[[[]]][[[]]]", 3)).toBe(false);
    expect(exceedsDepth("[[[]]][[[[]]]]", 3)).toBe(true);
  });
});

describe("keys", () => {
  test("B18: prototype keys are unknown fields, and nothing is polluted", () => {
    const text =
      '{"type":"ping","id":7,"__proto__":{"x":1,"type":"hello"},"constructor":{"prototype":{"x":1}}}';
    expect(messageOf(text)).toEqual({ type: "ping", id: 7 });
    expect(Reflect.get({}, "x")).toBeUndefined();
  });

  test("B18: a field does not come from a prototype", () => {
    expect(failureOf('{"__proto__":{"type":"ping","id":1}}')).toEqual({
      code: "invalid_message",
      field: "type",
    });
    expect(failureOf('{"type":"subscribe","id":1,"items":[{"__proto__":{"channel":"metrics"}}]}')).toEqual({
      code: "invalid_message",
      field: "channel",
      item: 0,
      id: 1,
    });
  });

  test("B19: sixteen keys are taken, seventeen are not", () => {
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries([["type", "ping"], ["id", 3], ...numbered(count - 2)]));
    expect(messageOf(keys(16))).toEqual({ type: "ping", id: 3 });
    expect(failureOf(keys(17))).toEqual({ code: "invalid_message" });
    const many = `{${numbered(10_000)
      .map(([key]) => `"${key}":0`)
      .join(",")}}`;
    expect(failureOf(many)).toEqual({ code: "invalid_message" });
  });

  test("B19: the bound holds for items too", () => {
    const item = Object.fromEntries([["channel", "metrics"], ...numbered(16)]);
    expect(failureOf(JSON.stringify({ type: "subscribe", id: 2, items: [item] }))).toEqual({
      code: "invalid_message",
      field: "items",
      item: 0,
      id: 2,
    });
  });

  test("B20: the last of equal keys counts, unknown fields are ignored", () => {
    expect(messageOf('{"id":1,"id":2,"type":"nope","type":"ping","extra":{}}')).toEqual({
      type: "ping",
      id: 2,
    });
  });

  function numbered(count: number): [string, number][] {
    return Array.from({ length: count }, (_, k) => [String(k), 0]);
  }
});

describe("ids", () => {
  test.each(["-1", "1.5", "9007199254740992", "1e400", '"1"', "{}", "[1]", "null", "true", "-0"])(
    "B21: id %s is refused and not echoed",
    (id) => {
      expect(failureOf(`{"type":"ping","id":${id}}`)).toEqual({ code: "invalid_message", field: "id" });
      expect(failureOf(`{"type":"hello","id":${id}}`)).toEqual({ code: "invalid_message", field: "id" });
    },
  );

  test("B21: every request needs one, hello does not", () => {
    for (const type of ["subscribe", "update", "unsubscribe", "query", "list", "ping"]) {
      expect(failureOf(JSON.stringify({ type }))).toEqual({ code: "invalid_message", field: "id" });
    }
    expect(messageOf({ type: "hello" })).toEqual({ type: "hello" });
  });

  test("0 and 2^53 - 1 are ids", () => {
    expect(messageOf({ type: "ping", id: 0 })).toEqual({ type: "ping", id: 0 });
    expect(messageOf({ type: "ping", id: Number.MAX_SAFE_INTEGER })).toEqual({
      type: "ping",
      id: Number.MAX_SAFE_INTEGER,
    });
  });

  test("a valid id is echoed whatever else is wrong", () => {
    expect(failureOf('{"id":5}')).toEqual({ code: "invalid_message", field: "type", id: 5 });
    expect(failureOf('{"id":5,"type":7}')).toEqual({ code: "invalid_message", field: "type", id: 5 });
    expect(failureOf('{"id":5,"type":"subscribe"}')).toEqual({
      code: "invalid_message",
      field: "items",
      id: 5,
    });
  });
});

describe("types", () => {
  const foreign = [
    "nope",
    "",
    "frame",
    "welcome",
    "subscribed",
    "error",
    "constructor",
    "__proto__",
    "toString",
  ];
  test.each(foreign)("B22: %j is unknown", (type) => {
    expect(failureOf(JSON.stringify({ type, id: 4 }))).toEqual({
      code: "unknown_type",
      field: "type",
      id: 4,
    });
    expect(failureOf(JSON.stringify({ type }))).toEqual({ code: "unknown_type", field: "type" });
  });
});

describe("hello", () => {
  test("gives its token, version and subscriptions", () => {
    const hello = {
      type: "hello",
      id: 1,
      version: 1,
      token: "t",
      resume: [{ channel: "metrics", position: "v1.a.5" }],
    };
    expect(messageOf(hello)).toEqual(hello);
  });

  test("B24: a version that is no integer is malformed, another one is for the route to refuse", () => {
    for (const version of ["1", 1.5, -1, null]) {
      expect(failureOf(JSON.stringify({ type: "hello", version }))).toEqual({
        code: "invalid_message",
        field: "version",
      });
    }
    for (const version of [0, 2, 999])
      expect(messageOf({ type: "hello", version })).toEqual({ type: "hello", version });
  });

  test("a token has its own bound", () => {
    const token = "t".repeat(protocolLimits.maxTokenLength);
    expect(messageOf({ type: "hello", token })).toEqual({ type: "hello", token });
    expect(failureOf(JSON.stringify({ type: "hello", token: `${token}t` }))).toEqual({
      code: "invalid_message",
      field: "token",
    });
  });

  test("resume is a list of subscriptions or absent", () => {
    expect(failureOf('{"type":"hello","resume":[]}')).toEqual({ code: "invalid_message", field: "resume" });
    expect(failureOf('{"type":"hello","resume":{}}')).toEqual({ code: "invalid_message", field: "resume" });
    expect(failureOf('{"type":"hello","resume":[{"channel":"m"},{"channel":1}]}')).toEqual({
      code: "invalid_message",
      field: "channel",
      item: 1,
    });
  });
});

describe("lists", () => {
  const items = (count: number) =>
    JSON.stringify({
      type: "subscribe",
      id: 1,
      items: Array.from({ length: count }, () => ({ channel: "m" })),
    });

  test("B28: 128 items are taken, more are over the limit", () => {
    expect(parseClientMessage(items(128)).ok).toBe(true);
    for (const count of [129, 1_000]) {
      expect(failureOf(items(count))).toEqual({ code: "limit", field: "items", id: 1 });
    }
  });

  test("B28: also of views to leave", () => {
    const views = Array.from({ length: 129 }, (_, k) => k);
    expect(failureOf(JSON.stringify({ type: "unsubscribe", id: 1, views }))).toEqual({
      code: "limit",
      field: "views",
      id: 1,
    });
  });

  test("an empty list asks for nothing", () => {
    expect(failureOf(items(0))).toEqual({ code: "invalid_message", field: "items", id: 1 });
  });

  test("the item at fault is named, and its field", () => {
    const text = JSON.stringify({ type: "unsubscribe", id: 9, views: [1, 2, "3"] });
    expect(failureOf(text)).toEqual({ code: "invalid_message", field: "views", item: 2, id: 9 });
    expect(failureOf('{"type":"subscribe","id":9,"items":[{"channel":"a"},7]}')).toEqual({
      code: "invalid_message",
      field: "items",
      item: 1,
      id: 9,
    });
    expect(failureOf('{"type":"update","id":9,"items":[{"view":-1}]}')).toEqual({
      code: "invalid_message",
      field: "view",
      item: 0,
      id: 9,
    });
  });
});

describe("fields of a subscription", () => {
  const refused = (field: string) => ({ code: "invalid_message", field, item: 0, id: 1 });

  test("all of them arrive", () => {
    const item = {
      channel: "metrics",
      select: ["a", "b"],
      everyMs: 0,
      merge: "instance",
      instance: "web-2",
      sinceMs: Number.MAX_SAFE_INTEGER,
      points: 2_000,
      position: "v1.x.1",
    };
    expect(messageOf(subscribe(item))).toEqual({ type: "subscribe", id: 1, items: [item] });
  });

  test("one pattern is a list of one", () => {
    expect(messageOf(subscribe({ select: "a*" }))).toMatchObject({ items: [{ select: ["a*"] }] });
  });

  test("B25: channel is a string of at most 1,000 characters, compared as it is", () => {
    for (const channel of [null, 1, {}, "c".repeat(1_001)]) {
      expect(failureOf(subscribe({ channel }))).toEqual(refused("channel"));
    }
    for (const channel of [
      "",
      "../",
      "*",
      " ",
      "\u0007",
      "\ud800",
      "\u202e",
      "é",
      "é",
      "__proto__",
      "c".repeat(1_000),
    ]) {
      expect(messageOf(subscribe({ channel }))).toMatchObject({ items: [{ channel }] });
    }
  });

  test("B29: select is up to 16 strings of at most 1,000 characters", () => {
    const many = Array.from({ length: 17 }, () => "a");
    for (const select of [[], many, [1], [null], {}, 1, null, ["a".repeat(1_001)]]) {
      expect(failureOf(subscribe({ select }))).toEqual(refused("select"));
    }
    expect(parseClientMessage(subscribe({ select: many.slice(1) })).ok).toBe(true);
  });

  test("B30: a position is a string of at most 1,024 characters", () => {
    for (const position of [1, [], null, "p".repeat(1_025)]) {
      expect(failureOf(subscribe({ position }))).toEqual(refused("position"));
    }
    expect(parseClientMessage(subscribe({ position: "p".repeat(1_024) })).ok).toBe(true);
  });

  test("B30: sinceMs and everyMs are whole and not negative", () => {
    for (const field of ["sinceMs", "everyMs"]) {
      for (const value of [-1, 1.5, 2 ** 53, "1", null]) {
        expect(failureOf(subscribe({ [field]: value }))).toEqual(refused(field));
      }
    }
  });

  test("B31: points are 1 to 2,000", () => {
    for (const points of [0, 2_001, 1e9, 1.5, "300"]) {
      expect(failureOf(subscribe({ points }))).toEqual(refused("points"));
    }
    for (const points of [1, 2_000]) expect(parseClientMessage(subscribe({ points })).ok).toBe(true);
  });

  test("merge is a word it knows", () => {
    for (const merge of ["all", "", 1, null])
      expect(failureOf(subscribe({ merge }))).toEqual(refused("merge"));
  });

  test("an instance is named only where one instance is asked for", () => {
    for (const instance of [1, null, "x".repeat(1_001)])
      expect(failureOf(subscribe({ merge: "instance", instance }))).toEqual(refused("instance"));
    for (const merge of [undefined, "cluster"])
      expect(failureOf(subscribe({ merge, instance: "web-2" }))).toEqual(refused("instance"));
  });
});

describe("other requests", () => {
  test("B45: query wants whole times", () => {
    const query = (item: object) =>
      JSON.stringify({ type: "query", id: 1, items: [{ channel: "m", from: 0, to: 1, ...item }] });
    expect(messageOf(query({ points: 5, select: "x" }))).toEqual({
      type: "query",
      id: 1,
      items: [{ channel: "m", select: ["x"], from: 0, to: 1, points: 5 }],
    });
    for (const field of ["from", "to"]) {
      for (const value of [-1, "1", null, 1.5]) {
        expect(failureOf(query({ [field]: value }))).toMatchObject({ field, item: 0 });
      }
    }
    for (const points of [0, 1e9]) expect(failureOf(query({ points }))).toMatchObject({ field: "points" });
    expect(failureOf(query({ merge: "both" }))).toMatchObject({ field: "merge" });
    expect(failureOf(query({ instance: "web-2" }))).toMatchObject({ field: "instance" });
  });

  test("list may name a channel, patterns, and where to go on", () => {
    expect(messageOf({ type: "list", id: 1 })).toEqual({ type: "list", id: 1 });
    const whole = { type: "list", id: 1, channel: "m", select: ["a"], from: 700 };
    expect(messageOf(whole)).toEqual(whole);
    expect(failureOf('{"type":"list","id":1,"from":-1}')).toMatchObject({ field: "from", id: 1 });
    expect(failureOf('{"type":"list","id":1,"channel":7}')).toMatchObject({ field: "channel", id: 1 });
  });

  test("update keeps to what may change", () => {
    const item = { view: 3, select: ["a"], everyMs: 5, sinceMs: 6, points: 7 };
    expect(messageOf({ type: "update", id: 1, items: [{ ...item, channel: "x", position: "y" }] })).toEqual({
      type: "update",
      id: 1,
      items: [item],
    });
  });

  test("unsubscribe gives the views", () => {
    expect(messageOf({ type: "unsubscribe", id: 1, views: [0, 5] })).toEqual({
      type: "unsubscribe",
      id: 1,
      views: [0, 5],
    });
  });
});
