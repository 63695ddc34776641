import fc from "fast-check";
import { expect, test } from "vitest";
import { Flight } from "./flight.js";

test("what was sent before an answered ping has arrived, what was sent after has not", () => {
  const flight = new Flight();
  flight.sent(100);
  const payload = flight.ping();
  flight.sent(30, 20);
  expect(flight.bytes).toBe(130);
  expect(flight.laneBytes).toBe(20);
  expect(flight.pong(payload)).toBe(true);
  expect(flight.bytes).toBe(30);
  expect(flight.laneBytes).toBe(20);
  flight.pong(flight.ping());
  expect([flight.bytes, flight.laneBytes]).toEqual([0, 0]);
});

test("a pong that answers no ping of ours confirms nothing", () => {
  const flight = new Flight();
  expect(flight.pong(new Uint8Array())).toBe(false);
  expect(flight.pong(Buffer.from("1"))).toBe(false);
  flight.sent(100);
  const first = flight.ping();
  for (const foreign of ["", "0", "2", "01", "1 ", "1\0", "x".repeat(125)]) {
    expect(flight.pong(Buffer.from(foreign))).toBe(false);
  }
  expect(flight.bytes).toBe(100);
  expect(flight.isPinging).toBe(true);
  expect(flight.pong(first)).toBe(true);
  expect(flight.pong(first)).toBe(false);
  flight.sent(10);
  flight.ping();
  expect(flight.pong(first)).toBe(false);
  expect(flight.bytes).toBe(10);
});

test("wants a ping after so many bytes, and not while one is outstanding", () => {
  const flight = new Flight();
  flight.sent(99);
  expect(flight.wantsPing(100)).toBe(false);
  flight.sent(1);
  expect(flight.wantsPing(100)).toBe(true);
  const payload = flight.ping();
  flight.sent(1_000);
  expect(flight.wantsPing(100)).toBe(false);
  flight.pong(payload);
  expect(flight.wantsPing(100)).toBe(true);
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
          payload = flight.ping();
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
        expect(flight.isPinging).toBe(payload !== undefined);
      }
    }),
  );
});
