import fc from "fast-check";
import { expect, test } from "vitest";
import { Flight } from "./flight.js";

/** Sends a ping of its own. */
function ping(flight: Flight): Uint8Array {
  const payload = flight.ownPayload();
  flight.pinged(payload);
  return payload;
}

test("what was sent before an answered ping has arrived, what was sent after has not", () => {
  const flight = new Flight();
  flight.sent(100);
  const payload = ping(flight);
  flight.sent(30, 20);
  expect(flight.bytes).toBe(130);
  expect(flight.laneBytes).toBe(20);
  expect(flight.pong(payload)).toBe(true);
  expect(flight.bytes).toBe(30);
  expect(flight.laneBytes).toBe(20);
  flight.pong(ping(flight));
  expect([flight.bytes, flight.laneBytes]).toEqual([0, 0]);
});

test("a pong that answers no ping of ours confirms nothing", () => {
  const flight = new Flight();
  expect(flight.pong(new Uint8Array())).toBe(false);
  expect(flight.pong(Buffer.from("s1"))).toBe(false);
  flight.sent(100);
  const first = ping(flight);
  for (const foreign of ["", "s0", "s2", "s01", "s1 ", "1", "s1\0", "x".repeat(125)]) {
    expect(flight.pong(Buffer.from(foreign))).toBe(false);
  }
  expect(flight.bytes).toBe(100);
  expect(flight.isPinging).toBe(true);
  expect(flight.pong(Buffer.from(first))).toBe(true);
  expect(flight.pong(first)).toBe(false);
  flight.sent(10);
  ping(flight);
  expect(flight.pong(first)).toBe(false);
  expect(flight.bytes).toBe(10);
});

test("a ping of its own and one that many share are told apart, whatever their numbers", () => {
  const flight = new Flight();
  flight.sent(100);
  ping(flight);
  for (let round = 0; round < 100; round += 1) expect(flight.pong(Buffer.from(String(round)))).toBe(false);
  expect(flight.bytes).toBe(100);
});

test("knows what no ping follows yet", () => {
  const flight = new Flight();
  flight.sent(99);
  expect(flight.unpingedBytes).toBe(99);
  const payload = ping(flight);
  expect(flight.unpingedBytes).toBe(0);
  flight.sent(1_000);
  flight.pong(payload);
  expect(flight.unpingedBytes).toBe(1_000);
});

test("keeps to a naive account of every byte", () => {
  const commands = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("send" as const), bytes: fc.nat({ max: 1_000 }), lane: fc.boolean() }),
      fc.constantFrom({ kind: "ping" as const }, { kind: "pong" as const }, { kind: "foreign" as const }),
    ),
  );
  fc.assert(
    fc.property(commands, (list) => {
      const flight = new Flight();
      let unconfirmed: { bytes: number; lane: boolean; pinged: boolean }[] = [];
      let payload: Uint8Array | undefined;
      for (const command of list) {
        if (command.kind === "send") {
          flight.sent(command.bytes, command.lane ? command.bytes : 0);
          unconfirmed.push({ ...command, pinged: false });
        } else if (command.kind === "ping" && !flight.isPinging) {
          payload = ping(flight);
          for (const entry of unconfirmed) entry.pinged = true;
        } else if (command.kind === "pong" && payload) {
          flight.pong(payload);
          unconfirmed = unconfirmed.filter((entry) => !entry.pinged);
          payload = undefined;
        } else flight.pong(Buffer.from("foreign"));
        expect(flight.bytes).toBe(unconfirmed.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(flight.laneBytes).toBe(
          unconfirmed.reduce((sum, { bytes, lane }) => sum + (lane ? bytes : 0), 0),
        );
        expect(flight.unpingedBytes).toBe(
          unconfirmed.reduce((sum, { bytes, pinged }) => sum + (pinged ? 0 : bytes), 0),
        );
        expect(flight.isPinging).toBe(payload !== undefined);
      }
    }),
  );
});
