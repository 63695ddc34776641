import { closeCodes } from "@metricast/protocol";
import { describe, expect, test } from "vitest";
import { HeldFlight } from "./held-flight.js";
import { FakeConnection, fakeSession } from "./testing/fake-connection.js";

class OneWayConnection extends FakeConnection {
  readonly oneWay = true;
}

describe("what is in flight where nothing comes back", () => {
  test("is what the process holds", () => {
    const connection = { bufferedBytes: 0 };
    const flight = new HeldFlight(connection);
    flight.sent(1_000);
    expect([flight.bytes, flight.laneBytes, flight.isPinging]).toEqual([0, 0, false]);
    connection.bufferedBytes = 700;
    expect([flight.bytes, flight.laneBytes, flight.isPinging]).toEqual([700, 700, true]);
  });

  test("moves when some of it goes out, or nothing is held", () => {
    const connection = { bufferedBytes: 0 };
    const flight = new HeldFlight(connection);
    expect(flight.hasMoved()).toBe(true);
    flight.sent(1_000);
    connection.bufferedBytes = 1_000;
    expect(flight.hasMoved()).toBe(false);
    connection.bufferedBytes = 900;
    expect(flight.hasMoved()).toBe(true);
    flight.sent(500);
    connection.bufferedBytes = 1_400;
    expect(flight.hasMoved()).toBe(false);
  });
});

describe("a session that nothing comes back from", () => {
  test("counts as stalled only while something is held and does not go out", () => {
    const connection = new OneWayConnection();
    const { session } = fakeSession({ connection });
    expect(session.stalledMs(50_000)).toBe(0);
    connection.bufferedBytes = 10;
    expect(session.stalledMs(60_000)).toBe(10_000);
    connection.bufferedBytes = 0;
    expect(session.stalledMs(61_000)).toBe(0);
  });

  test("is ended without a pong to say so, and says the position it has", () => {
    const connection = new OneWayConnection();
    const { session } = fakeSession({ connection });
    session.end(closeCodes.restart, 5);
    expect(connection.of("bye")).toHaveLength(1);
    expect(connection.packets[0]?.position).toBeUndefined();
  });
});
