import { manualClock } from "@metricast/testkit";
import { describe, expect, it } from "vitest";
import type { ClientOptions } from "./options.js";
import type { Subscription } from "./subscription.js";
import { harness } from "./testing/harness.js";
import { chained, keyframe } from "./testing/scripted-server.js";

const codecs = ["json", "binary"] as const;

function startIn(codec: (typeof codecs)[number]) {
  return (options: ClientOptions = {}) => harness(manualClock(), { codec, ...options });
}

/** What a subscription tells, in order. */
function listen(subscription: Subscription) {
  const told: unknown[] = [];
  for (const type of ["gap", "resumed", "quality", "error"] as const) {
    subscription.on(type, (payload) => told.push([type, payload]));
  }
  return told;
}

function gauge(subscription: Subscription, name = "load") {
  const { times, series } = subscription.series.columns();
  const found = series.find(({ info }) => info.name === name);
  if (found?.kind !== "gauge") throw new Error(`no gauge ${name}`);
  return Array.from(times, (ms, k) => [ms / 1_000, found.last[k]]);
}

function block(
  view: number,
  from: number,
  to: number,
  step: number,
  last: readonly (number | null)[],
  more = {},
) {
  return { type: "block", view, generation: 1, from, to, step, series: [{ id: 0, last }], ...more };
}

describe.each(codecs)("subscribing, in %s", (codec) => {
  const start = startIn(codec);

  it("asks for all that is made at once in one message", () => {
    const test = start();
    test.live();
    const first = test.client.subscribe({ select: "http_*", everyMs: 5_000, sinceMs: 60_000, points: 100 });
    const second = test.client.subscribe({ channel: "other", select: ["a", "b"], merge: "instance" });
    test.client.events("events", { types: "deploy" });
    test.flush();
    expect(test.server.socket.sentOf("subscribe")).toMatchObject([
      {
        items: [
          { channel: "metrics", select: ["http_*"], everyMs: 5_000, sinceMs: 60_000, points: 100 },
          { channel: "other", select: ["a", "b"], merge: "instance" },
          { channel: "events", select: ["deploy"] },
        ],
      },
    ]);
    expect([first.state, second.state]).toEqual(["waiting", "waiting"]);
    test.server.socket.accept(4);
    expect([first.state, second.state]).toEqual(["live", "live"]);
  });

  it("takes up in hello what was made before, and splits what one message does not hold", () => {
    const test = start();
    for (let k = 0; k < 300; k++) test.client.subscribe({ select: `series_${k}` });
    test.live();
    test.flush();
    const [hello] = test.server.socket.sentOf("hello");
    const messages = test.server.socket.sentOf("subscribe");
    expect([hello?.resume?.length, ...messages.map(({ items }) => items.length)]).toEqual([128, 128, 44]);
    const long = start();
    for (let k = 0; k < 40; k++) long.client.subscribe({ select: `${"é".repeat(900)}${k}` });
    long.live({ limits: { maxMessageBytes: 8_192 } });
    long.flush();
    const sizes = long.server.socket.sent.map((message) => Buffer.byteLength(JSON.stringify(message)));
    expect(Math.max(...sizes.slice(1))).toBeLessThanOrEqual(8_192);
    expect(sizes[0]).toBeLessThanOrEqual(16_384);
  });

  it("shares what asks for the same, and leaves it when the last one goes", () => {
    const test = start();
    test.live();
    const first = test.watch(7, { select: ["b", "a"] });
    const second = test.client.subscribe({ select: ["a", "b", "a"] });
    test.flush();
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(1);
    expect(second.series).toBe(first.series);
    first.close();
    first.close();
    test.flush();
    expect(test.server.socket.sentOf("unsubscribe")).toEqual([]);
    test.server.socket.say(keyframe(7, 1, { a: 1 }));
    expect(second.series.latest().size).toBe(1);
    second.close();
    test.client.subscribe({ select: ["a", "b"] }).close();
    test.flush();
    expect(test.server.socket.sentOf("unsubscribe")).toMatchObject([{ views: [7] }]);
    expect([first.state, second.state]).toEqual(["closed", "closed"]);
  });

  it("asks for more of the past when a second one wants it", () => {
    const test = start();
    test.live();
    test.watch(1, { sinceMs: 60_000 });
    test.client.subscribe({ sinceMs: 900_000 });
    test.flush();
    expect(test.server.socket.sentOf("update")).toMatchObject([{ items: [{ view: 1, sinceMs: 900_000 }] }]);
  });

  it("tells who asks for what the server sends already under another wish, and goes on with the others", () => {
    const test = start();
    test.live();
    const first = test.watch(4, { everyMs: 9_000 }, { stepTicks: 10 });
    const twin = test.client.subscribe({ everyMs: 8_000 });
    const other = test.client.subscribe({ channel: "other" });
    const told = listen(twin);
    test.flush();
    const refusal = { type: "error", code: "already_subscribed", temporary: false, item: 0 };
    test.server.socket.answer("subscribe", refusal);
    test.flush();
    expect(test.server.socket.sentOf("subscribe").at(-1)?.items).toEqual([{ channel: "other" }]);
    test.server.socket.accept(5);
    expect([first.state, twin.state, other.state]).toEqual(["live", "failed", "live"]);
    expect(told).toMatchObject([["error", { code: "already_subscribed" }]]);
  });

  it("tells a refusal to whom it concerns, and asks again for the rest", () => {
    const test = start();
    test.live();
    const good = test.client.subscribe({ select: "a" });
    const bad = test.client.subscribe({ channel: "secret" });
    const told = listen(bad);
    test.flush();
    test.server.socket.answer("subscribe", {
      type: "error",
      code: "forbidden",
      temporary: false,
      item: 1,
      field: "channel",
    });
    expect(told).toMatchObject([["error", { code: "forbidden", field: "channel" }]]);
    expect(bad.state).toBe("failed");
    test.flush();
    expect(test.server.socket.sentOf("subscribe").at(-1)?.items).toEqual([
      { channel: "metrics", select: ["a"] },
    ]);
    test.server.socket.accept(1);
    expect(good.state).toBe("live");
    expect(test.errors).toEqual([]);
  });

  it("comes again after what is temporary, when the server says", () => {
    const test = start();
    test.live();
    const subscription = test.client.subscribe();
    test.flush();
    const refusal = { type: "error", code: "rate_limited", temporary: true, retryAfterMs: 700 };
    test.server.socket.answer("subscribe", refusal);
    test.clock.advance(699);
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(1);
    test.clock.advance(1);
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(2);
    // What the server could not read is refused without an id: no answer comes.
    test.server.socket.say(refusal);
    test.clock.advance(9_999);
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(2);
    test.clock.advance(251);
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(3);
    test.server.socket.accept(1);
    expect(subscription.state).toBe("live");
    expect(test.errors).toMatchObject([{ code: "rate_limited", retryAfterMs: 700 }]);
  });

  it("asks again where no answer comes", () => {
    const test = start({ requestTimeoutMs: 2_000 });
    test.live();
    test.client.subscribe();
    test.clock.advance(2_250);
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(2);
  });

  it("moves to another selection in one message, and keeps the points of series in both", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1, { select: "*" });
    test.server.socket.say(keyframe(1, 100, { load: 1, old: 5 }), chained(1, 100, 101, [[0, 2]]));
    subscription.update({ select: ["load", "new"], sinceMs: 5_000 });
    test.flush();
    expect(test.server.socket.sentOf("update")).toMatchObject([
      { items: [{ view: 1, select: ["load", "new"], sinceMs: 5_000 }] },
    ]);
    expect(test.server.socket.sentOf("update")[0]?.items[0]).not.toHaveProperty("channel");
    test.server.socket.say(chained(1, 101, 102, [[0, 3]]));
    test.server.socket.accept(2, { history: { from: 97, to: 102, step: 1 } }, "update");
    test.server.socket.say(keyframe(2, 102, { load: 3, new: 9 }), chained(1, 102, 103, [[0, 99]]));
    expect([...subscription.series.latest().keys()]).toEqual(["load", "new"]);
    expect(gauge(subscription)).toEqual([
      [100, 1],
      [101, 2],
      [102, 3],
    ]);
    expect(subscription.series.columns().series.map(({ key }) => key)).toEqual(["load", "new"]);
  });

  it("keeps what it has when an update is refused", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1, { select: "load" });
    const told = listen(subscription);
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    subscription.update({ select: "{bad" });
    test.flush();
    test.server.socket.answer("update", {
      type: "error",
      code: "invalid_message",
      temporary: false,
      item: 0,
    });
    test.server.socket.say(chained(1, 100, 101, [[0, 2]]));
    expect(gauge(subscription).at(-1)).toEqual([101, 2]);
    expect([subscription.state, told]).toMatchObject(["live", [["error", { code: "invalid_message" }]]]);
    test.flush();
    expect(test.server.socket.sentOf("update")).toHaveLength(1);
  });

  it("throws what JSON cannot carry at whoever gives it", () => {
    const test = start();
    test.live();
    const odd: object = { sinceMs: 5n };
    expect(() => test.client.subscribe(odd)).toThrow(TypeError);
    test.flush();
    expect(test.server.socket.sentOf("subscribe")).toEqual([]);
  });
});

describe.each(codecs)("frames and blocks, in %s", (codec) => {
  const start = startIn(codec);

  it("puts history and live together", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1, { sinceMs: 10_000 }, { history: { from: 90, to: 100, step: 5 } });
    const told = listen(subscription);
    let updates = 0;
    subscription.on("update", () => updates++);
    const frames: unknown[] = [];
    subscription.on("frame", (frame) => frames.push(frame));
    test.server.socket.say(keyframe(1, 100, { load: 1 }), chained(1, 100, 101, []));
    expect(subscription.series.gaps).toEqual([{ fromMs: 90_000, toMs: 100_000, reason: "pending" }]);
    test.server.socket.say(block(1, 95, 100, 5, [0.5]), block(1, 90, 95, 5, [null]));
    expect(gauge(subscription)).toEqual([
      [95, Number.NaN],
      [100, 0.5],
      [101, 1],
    ]);
    expect(subscription.series.gaps).toEqual([]);
    expect(updates).toBe(4);
    expect(frames).toEqual([
      { timeMs: 100_000, isKeyframe: true, missing: [] },
      { timeMs: 101_000, isKeyframe: false, missing: [] },
    ]);
    expect(told).toEqual([]);
    expect(test.server.socket.bitsSaid).toBe(codec === "binary" ? 4 : 0);
  });

  it.each([
    ["no numbers", { intervalMs: "x", stepTicks: null }, 1_000],
    ["nothing", { intervalMs: 0, stepTicks: 0 }, 1],
    ["less than nothing", { intervalMs: -5, stepTicks: -5 }, 1],
  ])("takes %s as times for what makes sense", (_, fields, intervalMs) => {
    const test = start();
    test.live();
    const subscription = test.watch(1, {}, fields);
    const told = listen(subscription);
    test.server.socket.say(keyframe(1, 100, { load: 1 }), chained(1, 100, 103, [[0, 2]]));
    expect(subscription.series.columns().times.at(-1)).toBe(103 * intervalMs);
    expect(told).toMatchObject([
      ["gap", { fromMs: 100 * intervalMs, toMs: 102 * intervalMs, reason: "not_sampled" }],
    ]);
  });

  it("declares ticks that were not sampled, and ends the line there", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const told = listen(subscription);
    test.server.socket.say(keyframe(1, 100, { load: 1 }), chained(1, 100, 104, []));
    expect(told).toEqual([["gap", { fromMs: 100_000, toMs: 103_000, reason: "not_sampled" }]]);
    expect(gauge(subscription)).toEqual([
      [100, 1],
      [103, Number.NaN],
      [104, 1],
    ]);
  });

  it("tells what a slow reader missed once it knows that it does not come", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const told = listen(subscription);
    const { socket } = test.server;
    socket.say(keyframe(1, 100, { load: 1 }));
    socket.say({
      type: "quality",
      view: 1,
      state: "coarse",
      reason: "slow_reader",
      from: 100,
      to: 120,
      step: 5,
    });
    expect(subscription.quality).toBe("coarse");
    socket.say(keyframe(1, 120, { load: 9 }));
    expect(subscription.series.gaps).toMatchObject([{ reason: "pending" }]);
    socket.say(block(1, 100, 120, 5, [2, 3, 4, 9]), { type: "quality", view: 1, state: "live" });
    expect(subscription.series.gaps).toEqual([]);
    expect(told.map((entry) => Array.isArray(entry) && entry[0])).toEqual(["quality", "quality"]);
    socket.say(
      { type: "quality", view: 1, state: "last_values", reason: "slow_reader" },
      keyframe(1, 130, { load: 1 }),
    );
    expect(told.at(-1)).toEqual(["gap", { fromMs: 120_000, toMs: 129_000, reason: "slow_reader" }]);
  });

  it("tells that the past has changed, in its own time", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const revised: unknown[] = [];
    subscription.on("revised", (range) => revised.push(range));
    const { socket } = test.server;
    socket.say(keyframe(1, 100, { load: 1 }), { type: "revised", view: 1, from: 95, to: 99 });
    expect(revised).toMatchObject([{ fromMs: 95_000, toMs: 99_000 }]);
  });

  it("after a reconnect takes for changed what was shown without somebody, where that was not revised", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const revised: unknown[] = [];
    subscription.on("revised", (range) => revised.push(range));
    const reconnect = (tick: number) => {
      test.server.socket.onclose?.({ code: 1006, reason: "" });
      test.reconnect();
      const { socket } = test.server;
      socket.accept(1, { resume: { outcome: "complete" }, position: `v1.aaaa.${tick}` }, "hello");
      socket.say(keyframe(1, tick, { load: 1 }));
      return revised.splice(0);
    };
    test.server.socket.say({ ...keyframe(1, 100, { load: 1 }), missing: ["b"] });
    expect(reconnect(101)).toMatchObject([{ fromMs: 99_000, toMs: 100_000 }]);
    expect(reconnect(102)).toEqual([]);
    test.server.socket.say(
      { ...chained(1, 102, 103, [[0, 5]]), missing: ["b"] },
      { type: "revised", view: 1, from: 102, to: 103 },
    );
    expect(revised.splice(0).length).toBe(1);
    expect(reconnect(104)).toEqual([]);
  });

  it("applies nothing that does not follow, and comes back from its position", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1, { select: "load" });
    const told = listen(subscription);
    const first = test.server.socket;
    first.say(keyframe(1, 100, { load: 1 }), chained(1, 101, 102, [[0, 5]]), chained(1, 102, 103, [[0, 6]]));
    expect(subscription.series.latest().get("load")?.value).toBe(1);
    expect(test.errors).toMatchObject([{ code: "chain_broken" }]);
    expect(test.client.state).toMatchObject({ name: "waiting", code: 4003 });
    expect(first.closedWith).toBe(4003);
    test.reconnect();
    const { socket } = test.server;
    expect(socket.sent).toMatchObject([
      { type: "hello", resume: [{ channel: "metrics", select: ["load"], position: "v1.aaaa.100" }] },
    ]);
    const history = { from: 100, to: 103, step: 1 };
    socket.accept(1, { resume: { outcome: "complete" }, history, position: "v1.aaaa.103" }, "hello");
    socket.say(keyframe(1, 103, { load: 6 }), block(1, 100, 103, 1, [4, 5, 6]));
    expect(gauge(subscription)).toEqual([
      [100, 1],
      [101, 4],
      [102, 5],
      [103, 6],
    ]);
    expect(told).toEqual([["resumed", { outcome: "complete" }]]);
  });

  it("B47 leaves a server that breaks the protocol, and comes back from the last good position", () => {
    for (const wrong of [
      { type: "frame", view: 1, tick: 101, prev: 100, i: [9], v: [1] },
      { type: "frame", view: 1, tick: 101, prev: 100 },
      { type: "frame", view: 1, tick: 99, prev: 100, i: [], v: [] },
      block(1, 90, 100, 0, [1]),
      block(1, 0, 2 ** 53, 1, [1]),
      { ...block(1, 90, 100, 1, [1]), generation: 2 },
    ]) {
      const test = start();
      test.live();
      test.watch(1);
      test.server.socket.say(keyframe(1, 100, { load: 1 }), wrong);
      expect(test.errors).toHaveLength(1);
      expect(test.client.state).toMatchObject({ name: "waiting", code: 4003 });
      test.reconnect();
      expect(test.server.socket.sentOf("hello")[0]?.resume).toMatchObject([{ position: "v1.aaaa.100" }]);
    }
  });
});

describe("what a subscription keeps", () => {
  const start = startIn("json");
  const many = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, k) => [`load${k}`, k]));

  it("is so many series as the options say; of others the newest value alone, which is told", () => {
    const test = start({ maxSeries: 2 });
    test.live();
    const { series } = test.watch(1);
    test.server.socket.say(keyframe(1, 100, many(2)));
    expect(test.errors).toEqual([]);
    test.server.socket.say(keyframe(1, 101, many(3)));
    expect(series.columns().series.map(({ key }) => key)).toEqual(["load0", "load1"]);
    expect(series.latest().get("load2")).toMatchObject({ value: 2 });
    expect(test.errors).toMatchObject([{ code: "series_limit" }]);
  });

  it("is 1,000 points of 2,000 series where they say nothing", () => {
    const test = start();
    test.live();
    const [wide, long] = [test.watch(1), test.watch(2, { select: "load" })];
    test.server.socket.say(keyframe(1, 1, many(2_001)), keyframe(2, 1, { load: 1 }));
    for (let tick = 2; tick <= 1_100; tick++) test.server.socket.say(chained(2, tick - 1, tick, [[0, tick]]));
    expect(wide.series.columns().series).toHaveLength(2_000);
    const points = gauge(long);
    expect([points.length, points.at(-1)]).toEqual([1_000, [1_100, 1_100]]);
  });
});

describe("a million frames", () => {
  it("keep memory bounded", () => {
    const test = startIn("json")({ maxPointsPerSeries: 500 });
    test.live();
    const subscription = test.watch(1);
    let frames = 0;
    subscription.on("frame", () => frames++);
    const { socket } = test.server;
    socket.say(keyframe(1, 0, { load: 0, memory: 5 }));
    for (let tick = 1; tick <= 1_000_000; tick++) {
      socket.onmessage?.({
        data: `{"type":"frame","view":1,"tick":${tick},"prev":${tick - 1},"i":[0],"v":[${tick}]}`,
      });
    }
    expect(frames).toBe(1_000_001);
    const points = gauge(subscription);
    expect([points.length, points[0], points.at(-1)]).toEqual([
      500,
      [999_501, 999_501],
      [1_000_000, 1_000_000],
    ]);
  });
});

describe.each(codecs)("B49 handlers, in %s", (codec) => {
  const start = startIn(codec);

  it("stop neither each other nor the client when they throw", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const seen: string[] = [];
    const fail = () => {
      throw new Error("handler");
    };
    for (const type of ["frame", "update", "gap"] as const) {
      subscription.on(type, fail);
      subscription.on(type, () => seen.push(type));
    }
    test.client.on("state", fail);
    test.client.on("error", fail);
    test.server.socket.say(keyframe(1, 100, { load: 1 }), chained(1, 100, 103, []));
    expect(seen).toEqual(["frame", "update", "gap", "frame", "update"]);
    expect(test.errors).toMatchObject([{ code: "handler_failed", cause: { message: "handler" } }]);
    test.server.socket.end();
    expect(test.client.state.name).toBe("waiting");
    test.clock.advance(1_000);
    test.live();
    expect(test.client.state.name).toBe("live");
    expect(test.errors.at(-1)).toMatchObject({ code: "handler_failed" });
  });

  it("may close what they are told by", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    subscription.on("frame", () => {
      subscription.close();
      test.client.close();
    });
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    expect([subscription.state, test.client.state.name]).toEqual(["closed", "closed"]);
    expect([test.clock.pendingTimers, test.clock.pendingSoon]).toEqual([0, 0]);
  });

  it("hear nothing more once they are taken off", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    let frames = 0;
    const off = subscription.on("frame", () => frames++);
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    off();
    test.server.socket.say(chained(1, 100, 101, []));
    expect(frames).toBe(1);
  });
});
