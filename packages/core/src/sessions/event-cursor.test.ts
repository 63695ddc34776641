import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventView } from "../views/event-view.js";
import { compileSelect } from "../views/select.js";
import { EventCursor } from "./event-cursor.js";
import { fakeEvents } from "./testing/fake-channel.js";
import { fakeSession } from "./testing/fake-connection.js";

function watching({ maxInFlightBytes = 65_536, retentionEvents = 1_000, patterns = ["*"], from = 0 } = {}) {
  const { log } = fakeEvents({ retentionEvents });
  const view = new EventView({
    number: 1,
    channel: "events",
    source: log,
    select: compileSelect(patterns),
    positionAt: (n) => `v1.e.${n}`,
  });
  const made = fakeSession({ maxInFlightBytes });
  const cursor = new EventCursor(view, from);
  made.session.subscriptions.add(cursor);
  const numbers = () =>
    made.connection.of("events").flatMap(({ items }) => items.map(({ id }) => Number(id.split("-")[1])));
  const lost = () => made.connection.of("events").reduce((sum, message) => sum + (message.lost ?? 0), 0);
  return { ...made, log, view, cursor, numbers, lost };
}

test("gives what comes after where it begins, in order, once", () => {
  const { session, log, numbers, connection } = watching({ from: 2 });
  for (let n = 1; n <= 5; n += 1) log.append("a", { n });
  session.serve();
  session.serve();
  expect(numbers()).toEqual([3, 4, 5]);
  expect(connection.of("events").at(-1)?.position).toBe("v1.e.5");
});

test("types that are not selected move it on in silence", () => {
  const { session, log, connection, cursor } = watching({ patterns: ["a"] });
  log.append("b");
  session.serve();
  expect(connection.writes).toEqual([]);
  expect(cursor.headTick).toBe(1);
  log.append("a");
  session.serve();
  expect(connection.of("events")).toHaveLength(1);
});

test("whatever the network does, every event comes once and in order, and what retention dropped is told", () => {
  const commands = fc.array(
    fc.constantFrom("event", "event", "event", "other", "serve", "pong", "refuse", "accept"),
    {
      maxLength: 150,
    },
  );
  fc.assert(
    fc.property(
      commands,
      fc.integer({ min: 150, max: 800 }),
      fc.constantFrom(3, 1_000),
      (list, bytes, retentionEvents) => {
        const { session, log, connection, numbers, lost, pong, stats } = watching({
          maxInFlightBytes: bytes,
          retentionEvents,
          patterns: ["a"],
        });
        const appended: number[] = [];
        for (const command of list) {
          if (command === "event") appended.push(log.append("a").n);
          else if (command === "other") log.append("b");
          else if (command === "serve") session.serve();
          else if (command === "pong") pong();
          else connection.accepts = command === "accept";
        }
        connection.accepts = true;
        session.serve();
        for (let k = 0; k < 150; k += 1) pong();
        const got = numbers();
        const missing = appended.filter((n) => !got.includes(n));
        expect(got).toEqual(appended.filter((n) => got.includes(n)));
        expect(stats.eventsSent).toBe(got.length);
        // Of what is gone, other types may be counted along: the number is an upper bound, and 0 only where nothing is.
        expect(lost()).toBeGreaterThanOrEqual(missing.length);
        if (retentionEvents > 150) expect([missing, lost()]).toEqual([[], 0]);
      },
    ),
    { numRuns: 300 },
  );
});

describe("a slow reader of events", () => {
  test("waits for room, and is not given more than there is", () => {
    const { session, log, connection, pong, numbers } = watching({ maxInFlightBytes: 4_096 });
    for (let n = 0; n < 200; n += 1) log.append("a", { text: "x".repeat(100) });
    session.serve();
    expect(connection.of("events")).toHaveLength(1);
    pong();
    pong();
    pong();
    pong();
    expect(numbers()).toEqual(Array.from({ length: 200 }, (_, k) => k + 1));
  });
});

test("watchers are counted, and the leaving is timed", () => {
  const { view, cursor } = watching();
  expect(view.watchers).toBe(1);
  cursor.leave(5);
  expect(view).toMatchObject({ watchers: 0, idleSinceMs: 5 });
});
