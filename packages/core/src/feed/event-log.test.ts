import { manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Stats } from "../health/stats.js";
import { EventLog, type EventLogParts } from "./event-log.js";

function setUp(options: Partial<EventLogParts> = {}) {
  const clock = manualClock();
  const stats = new Stats();
  const log = new EventLog({
    channel: "events",
    epoch: "00000000000000aa",
    retentionEvents: 3,
    maxTypes: 4,
    maxBytes: 1_000_000,
    retentionMs: 60_000,
    time: { nowMs: () => clock.dateMs() },
    stats,
    ...options,
  });
  return { clock, stats, log };
}

const any = () => true;
const numbers = (log: EventLog, n: number, matches: (type: string) => boolean = any) =>
  log.since(n, matches).events.map((event) => event.n);

describe("EventLog", () => {
  it("numbers events densely over all types, and keeps a copy of their data", () => {
    const { log, stats, clock } = setUp();
    const data = { version: 1, labels: ["a"] };
    const first = log.append("deploy", data);
    data.version = 2;
    expect(first).toEqual({
      epoch: "00000000000000aa",
      n: 1,
      place: 1,
      type: "deploy",
      atMs: clock.dateMs(),
      data: { version: 1, labels: ["a"] },
    });
    expect(log.append("restart").data).toBeNull();
    expect(log.append("deploy").n).toBe(3);
    expect([log.head, stats.events]).toEqual([3, 3]);
    expect(numbers(log, 0)).toEqual([1, 2, 3]);
    expect(numbers(log, 1, (type) => type === "deploy")).toEqual([3]);
  });

  it("keeps so many per type, and says what it trimmed by type", () => {
    const { log } = setUp();
    log.append("rare");
    for (let count = 0; count < 5; count += 1) log.append("often");
    expect(log.trimmedThrough("rare")).toBe(0);
    expect(log.trimmedThrough("often")).toBe(3);
    expect(numbers(log, 0)).toEqual([1, 4, 5, 6]);
    expect(log.since(0, (type) => type === "rare").complete).toBe(true);
    expect(log.since(2, any).complete).toBe(false);
    expect(log.since(3, any).complete).toBe(true);
    expect(log.since(7, any).complete).toBe(false);
  });

  it("drops events by age, without any new one coming in", () => {
    const { log, clock } = setUp();
    log.append("deploy");
    clock.advance(59_000);
    expect(numbers(log, 0)).toEqual([1]);
    clock.advance(2_000);
    expect(log.since(0, any)).toEqual({ events: [], complete: false });
    expect(log.trimmedThrough("deploy")).toBe(1);
    expect(log.bytes).toBe(0);
  });

  it("takes so many types and not one more, but a type that has nothing left makes way", () => {
    const { log, clock } = setUp();
    for (const type of ["a", "b", "c", "d"]) log.append(type);
    expect(() => log.append("e")).toThrow(expect.objectContaining({ code: "MC_EVENT_INVALID" }));
    expect(log.head).toBe(4);
    clock.advance(61_000);
    expect(log.append("e").n).toBe(5);
    // What the forgotten type lost is not forgotten.
    expect(log.since(0, (type) => type === "a").complete).toBe(false);
  });

  it("gives memory back, the oldest of all types first", () => {
    const { log } = setUp();
    for (const type of ["a", "b", "a", "b"]) log.append(type, "x".repeat(100));
    const all = log.bytes;
    log.trimToBytes(all / 2);
    expect(numbers(log, 0)).toEqual([3, 4]);
    log.trimToBytes(0);
    expect([log.bytes, numbers(log, 0)]).toEqual([0, []]);
  });

  it("holds itself to its bytes, and forgets the oldest for the newest", () => {
    const { log } = setUp({ maxBytes: 2_000, retentionEvents: 100 });
    for (let count = 0; count < 20; count += 1) log.append("deploy", "x".repeat(200));
    expect(log.bytes).toBeLessThanOrEqual(2_000);
    expect(numbers(log, 0)).toEqual([18, 19, 20]);
    expect(log.since(16, any).complete).toBe(false);
  });

  it("takes an event of another once, however often it is stored", () => {
    const { log } = setUp();
    const event = { epoch: "00000000000000bb", n: 1, type: "deploy", atMs: 1_700_000_000_000, data: null };
    expect([log.take(event), log.take(event)]).toEqual([true, false]);
    expect(log.head).toBe(1);
  });

  const cyclic: Record<string, unknown> = {};
  cyclic.self = cyclic;
  it.each([
    ["a BigInt", { count: 1n }],
    ["a cycle", cyclic],
    [
      "a hostile toJSON",
      {
        toJSON: () => {
          throw new Error("no");
        },
      },
    ],
    [
      "a throwing getter",
      {
        get a() {
          throw new Error("no");
        },
      },
    ],
    ["a function", () => 1],
    ["a symbol", Symbol("s")],
    ["more than 16 KB", "x".repeat(16_383)],
  ])("refuses %s as data, and leaves no trace of it", (_, data) => {
    const { log } = setUp();
    expect(() => log.append("deploy", data)).toThrow(expect.objectContaining({ code: "MC_EVENT_INVALID" }));
    expect([log.head, log.bytes, log.types]).toEqual([0, 0, []]);
  });

  it("takes data of exactly 16 KB", () => {
    expect(setUp().log.append("deploy", "x".repeat(16_382)).n).toBe(1);
  });

  it.each(["", "1a", "a b", "a".repeat(256), "ä"])("refuses the type %j", (type) => {
    expect(() => setUp().log.append(type)).toThrow(expect.objectContaining({ code: "MC_EVENT_INVALID" }));
  });

  it("is no danger with the type __proto__", () => {
    const { log } = setUp();
    log.append("__proto__", JSON.parse('{"__proto__": {"a": 1}}'));
    expect(numbers(log, 0)).toEqual([1]);
    expect(Object.prototype).not.toHaveProperty("a");
  });

  it("gives what a plain list of everything would, whatever was trimmed", () => {
    const step = fc.record({
      type: fc.constantFrom("a", "b", "c"),
      waitMs: fc.integer({ min: 0, max: 20_000 }),
    });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.nat(60),
        fc.subarray(["a", "b", "c"]),
        (steps, n, types) => {
          const { log, clock } = setUp();
          const all: { n: number; type: string }[] = [];
          for (const { type, waitMs } of steps) {
            clock.advance(waitMs);
            all.push({ n: log.append(type).n, type });
          }
          const { events, complete } = log.since(n, (type) => types.includes(type));
          const wanted = all.filter((event) => event.n > n && types.includes(event.type));
          const kept = wanted.filter((event) => event.n > log.trimmedThrough(event.type));
          expect(events.map((event) => event.n)).toEqual(kept.map((event) => event.n));
          if (complete) expect(kept).toEqual(wanted);
          else expect(n > all.length || types.some((type) => log.trimmedThrough(type) > n)).toBe(true);
        },
      ),
    );
  });
});
