import { manualClock } from "@metricast/testkit";
import { describe, expect, it, vi } from "vitest";
import { harness } from "./testing/harness.js";

function start() {
  return harness(manualClock(), { requestTimeoutMs: 5_000 });
}

const answer = {
  type: "result",
  items: [
    {
      channel: "metrics",
      intervalMs: 1_000,
      from: 10,
      to: 12,
      step: 1,
      series: [{ series: { name: "load" }, last: [1, 2] }],
    },
  ],
};

describe("query", () => {
  it("resolves to a block for each of what is asked", async () => {
    const test = start();
    test.live();
    const asked = test.client.query([{ select: "load", from: 10_000, to: 12_000, points: 50 }]);
    expect(test.server.socket.sentOf("query")).toMatchObject([
      { items: [{ channel: "metrics", select: ["load"], from: 10_000, to: 12_000, points: 50 }] },
    ]);
    test.server.socket.answer("query", answer);
    const [block] = await asked;
    expect(block).toMatchObject({ channel: "metrics", intervalMs: 1_000, fromTick: 10, toTick: 12 });
    expect(block?.series[0]?.columns[0]?.last).toEqual(new Float64Array([1, 2]));
  });

  it("waits for the connection, and asks again on the next", async () => {
    const test = start();
    const asked = test.client.query({ from: 0, to: 1 });
    expect(test.server.socket.sent).toEqual([]);
    test.live();
    expect(test.server.socket.sentOf("query")).toHaveLength(1);
    test.server.socket.end();
    test.clock.advance(500);
    test.live();
    expect(test.server.socket.sentOf("query")).toHaveLength(1);
    test.server.socket.answer("query", answer);
    expect(await asked).toHaveLength(1);
  });

  it("rejects with the server's word", async () => {
    const test = start();
    test.live();
    const asked = test.client.query({ from: 0, to: 1 });
    const error = { type: "error", code: "too_large", temporary: false, item: 0 };
    test.server.socket.answer("query", error);
    await expect(asked).rejects.toMatchObject({
      name: "MetricastClientError",
      code: "too_large",
      temporary: false,
    });
    expect(test.errors).toEqual([]);
  });

  it("rejects when no answer comes, when it is garbage, and when the client is closed", async () => {
    const test = start();
    test.live();
    const late = test.client.query({ from: 0, to: 1 });
    test.clock.advance(5_000);
    await expect(late).rejects.toMatchObject({ code: "timeout", temporary: true });
    const garbage = test.client.query({ from: 0, to: 1 });
    test.server.socket.answer("query", { type: "result", items: 5 });
    await expect(garbage).rejects.toMatchObject({ code: "garbage" });
    const open = test.client.query({ from: 0, to: 1 });
    test.client.close();
    await expect(open).rejects.toMatchObject({ code: "closed" });
    await expect(test.client.query({ from: 0, to: 1 })).rejects.toMatchObject({ code: "closed" });
    expect(test.clock.pendingTimers).toBe(0);
  });

  it("says when to try again after too many messages", async () => {
    const test = start();
    test.live();
    const asked = test.client.query({ from: 0, to: 1 });
    const refusal = { type: "error", code: "rate_limited", temporary: true, retryAfterMs: 400 };
    test.server.socket.answer("query", refusal);
    await expect(asked).rejects.toMatchObject({ code: "rate_limited", retryAfterMs: 400, temporary: true });
  });

  it("rejects in time what the server could not read, and tells its word", async () => {
    const test = start();
    test.live();
    const asked = test.client.query({ from: 0, to: 1 });
    test.server.socket.say({ type: "error", code: "rate_limited", temporary: true, retryAfterMs: 400 });
    expect(test.errors).toMatchObject([{ code: "rate_limited", retryAfterMs: 400 }]);
    test.clock.advance(5_000);
    await expect(asked).rejects.toMatchObject({ code: "timeout", temporary: true });
  });

  it("rejects what JSON cannot carry", async () => {
    const test = start();
    test.live();
    const odd: object = { points: 5n };
    await expect(test.client.query({ from: 0, to: 1, ...odd })).rejects.toBeInstanceOf(TypeError);
  });
});

describe("list", () => {
  it("resolves to channels with their series", async () => {
    const test = start();
    test.live();
    const asked = test.client.list({ channel: "metrics", select: "http_*" });
    expect(test.server.socket.sentOf("list")).toMatchObject([{ channel: "metrics", select: ["http_*"] }]);
    const channel = { channel: "metrics", kind: "metrics", intervalMs: 1_000, retentionMs: 5 };
    const series = [
      { name: "http_requests", kind: "counter", labels: { code: "200" } },
      { name: "http_open" },
    ];
    test.server.socket.answer("list", { type: "series", channels: [{ ...channel, series }] });
    expect(await asked).toEqual(
      [{ ...channel, series: [series[0], { name: "http_open", labels: {}, kind: "gauge" }] }].map(
        (entry) => ({
          ...entry,
          series: [{ name: "http_requests", kind: "counter", labels: { code: "200" } }, entry.series[1]],
        }),
      ),
    );
  });

  it("turns the pages of a long list, and stops at one that leads back", async () => {
    const test = start();
    test.live();
    const asked = test.client.list();
    const page = (names: readonly string[], next: number) => {
      const series = names.map((name) => ({ name }));
      const channels = [{ channel: "metrics", kind: "metrics", retentionMs: 5, series }];
      test.server.socket.answer("list", { type: "series", channels, next });
    };
    page(["a", "b"], 2);
    await vi.waitFor(() => expect(test.server.socket.sentOf("list")).toHaveLength(2));
    page(["c"], 2);
    expect((await asked).map(({ series }) => series.map(({ name }) => name))).toEqual([["a", "b", "c"]]);
    expect(test.server.socket.sentOf("list")).toMatchObject([{ from: 0 }, { from: 2 }]);
  });
});
