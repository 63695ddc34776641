import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import { drainSessions } from "./drain.js";
import type { Session } from "./session.js";
import { type FakeConnection, fakeSession } from "./testing/fake-connection.js";

function many(count: number) {
  const clock = manualClock();
  const sessions = new Set<Session>();
  const closedAt: number[] = [];
  const connections: FakeConnection[] = [];
  for (let k = 0; k < count; k += 1) {
    const { session, connection } = fakeSession({ now: () => clock.monotonicMs() });
    connection.close = (code, reason) => {
      closedAt.push(clock.monotonicMs());
      connection.closes.push({ code, reason });
    };
    sessions.add(session);
    connections.push(connection);
  }
  let next = 0;
  const random = { fraction: () => (next = (next + 0.37) % 1) };
  return { clock, sessions, closedAt, connections, parts: { clock, random, sessions } };
}

test("F4: everybody gets 1012 after a bye, in even batches over the time", async () => {
  const { clock, closedAt, connections, parts } = many(100);
  const drained = drainSessions(parts, 3_000);
  await clock.advanceAsync(3_000);
  await drained;
  expect(closedAt).toHaveLength(100);
  const batches = [...new Set(closedAt)];
  expect(batches).toHaveLength(20);
  expect(batches).toEqual(Array.from({ length: 20 }, (_, k) => k * 150));
  for (const at of batches) expect(closedAt.filter((one) => one === at)).toHaveLength(5);
  for (const connection of connections) {
    expect(connection.closes).toMatchObject([{ code: 1012 }]);
    expect(connection.of("bye")).toMatchObject([{ code: 1012 }]);
  }
});

test("each is told its own time to come back, within the drain or a second", async () => {
  for (const [drainMs, most] of [
    [3_000, 3_000],
    [0, 1_000],
  ] as const) {
    const { clock, connections, parts } = many(40);
    const drained = drainSessions(parts, drainMs);
    await clock.advanceAsync(drainMs);
    await drained;
    const times = connections.map((connection) => connection.of("bye")[0]?.reconnectAfterMs ?? -1);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThanOrEqual(most);
    expect(new Set(times).size).toBeGreaterThan(20);
  }
});

test("without time all go at once, and no timer is left", async () => {
  const { clock, closedAt, parts } = many(50);
  await drainSessions(parts, 0);
  expect(closedAt).toEqual(Array.from({ length: 50 }, () => 0));
  expect(clock.pendingTimers).toBe(0);
});

test("few sessions take no longer than they need, none no time at all", async () => {
  const { clock, closedAt, parts } = many(2);
  const drained = drainSessions(parts, 20_000);
  await clock.advanceAsync(1_000);
  await drained;
  expect(closedAt).toEqual([0, 1_000]);
  await drainSessions(many(0).parts, 20_000);
});

test("whoever left meanwhile is not told anything", async () => {
  const { clock, sessions, connections, parts } = many(40);
  const drained = drainSessions(parts, 2_000);
  [...sessions].at(-1)?.leaveAll();
  await clock.advanceAsync(2_000);
  await drained;
  expect(connections.at(-1)?.writes).toEqual([]);
});
