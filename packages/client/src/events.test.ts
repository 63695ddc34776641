import { manualClock } from "@metricast/testkit";
import { describe, expect, it } from "vitest";
import { harness } from "./testing/harness.js";

function start() {
  return harness(manualClock());
}

function event(n: number, type = "deploy") {
  return { id: `aaaa-${n}`, type, atMs: n, data: { n } };
}

describe("events", () => {
  it("are told once each, over resends and reconnects", () => {
    const test = start();
    test.live();
    const stream = test.client.events("events", { types: ["deploy", "alert.*"], sinceMs: 5_000 });
    const seen: string[] = [];
    const more: unknown[] = [];
    stream.on("event", ({ id }) => seen.push(id));
    stream.on("gap", (gap) => more.push(gap));
    stream.on("resumed", (resumed) => more.push(resumed));
    test.flush();
    const kind = { kind: "events", channel: "events" };
    expect(test.server.socket.sentOf("subscribe")).toMatchObject([
      { items: [{ channel: "events", select: ["deploy", "alert.*"], sinceMs: 5_000 }] },
    ]);
    test.server.socket.accept(2, { ...kind, position: "v1.aaaa.7" });
    test.server.socket.say({ type: "events", view: 2, position: "v1.aaaa.9", items: [event(8), event(9)] });
    test.server.socket.end();
    test.reconnect();
    expect(test.server.socket.sentOf("hello")[0]?.resume).toMatchObject([{ position: "v1.aaaa.9" }]);
    test.server.socket.accept(
      2,
      { ...kind, position: "v1.aaaa.8", resume: { outcome: "complete" } },
      "hello",
    );
    test.server.socket.say({ type: "events", view: 2, position: "v1.aaaa.10", items: [event(9), event(10)] });
    expect(seen).toEqual(["aaaa-8", "aaaa-9", "aaaa-10"]);
    expect(more).toEqual([{ outcome: "complete" }]);
  });

  it("are remembered up to a bound, the newest", () => {
    const test = start();
    test.live();
    const seen: string[] = [];
    test.client.events().on("event", ({ id }) => seen.push(id));
    test.flush();
    test.server.socket.accept(1, { kind: "events", position: "v1.aaaa.0" });
    const tell = (...items: unknown[]) =>
      test.server.socket.say({ type: "events", view: 1, position: "v1.aaaa.1", items });
    tell(...Array.from({ length: 20_001 }, (_, n) => event(n)));
    seen.length = 0;
    tell(event(1), event(20_000));
    expect(seen).toEqual([]);
    tell(event(0));
    expect(seen).toEqual(["aaaa-0"]);
  });

  it("that were lost are declared", () => {
    const test = start();
    test.live();
    const stream = test.client.events();
    const gaps: unknown[] = [];
    stream.on("gap", (gap) => gaps.push(gap));
    test.flush();
    test.server.socket.accept(1, { kind: "events", position: "v1.aaaa.1" });
    test.server.socket.say({ type: "events", view: 1, position: "v1.aaaa.90", items: [event(90)], lost: 30 });
    test.server.socket.end();
    test.reconnect();
    const resume = { outcome: "reset", reason: "epoch_changed" };
    test.server.socket.accept(1, { kind: "events", position: "v1.bbbb.0", resume }, "hello");
    expect(gaps).toEqual([{ reason: "expired", lost: 30 }, { reason: "epoch_changed" }]);
    stream.close();
    test.flush();
    expect(test.server.socket.sentOf("unsubscribe")).toMatchObject([{ views: [1] }]);
  });

  it("without an id are no events", () => {
    const test = start();
    test.live();
    const stream = test.client.events();
    const seen: unknown[] = [];
    stream.on("event", ({ data }) => seen.push(data));
    test.flush();
    test.server.socket.accept(1, { kind: "events" });
    test.server.socket.say({ type: "events", view: 1, position: "p", items: [{ id: 5 }, event(1)] });
    expect(seen).toEqual([{ n: 1 }]);
    test.server.socket.say({ type: "events", view: 1, position: "q", items: [event(2), null] });
    expect(seen).toEqual([{ n: 1 }]);
    test.reconnect();
    expect(test.server.socket.sentOf("hello")[0]?.resume).toMatchObject([{ position: "p" }]);
  });
});
