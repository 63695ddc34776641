import { closeCodes } from "@metricast/protocol";
import { lawRuns } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { EncodedFrame } from "../contracts/connection.js";
import type { Room } from "./room.js";
import type { Subscription } from "./subscription.js";
import { FakeConnection, fakeSession } from "./testing/fake-connection.js";

/** Something to watch that has frames of given sizes to give, one after the other. */
class Giver implements Subscription {
  readonly position = undefined;
  readonly channel = "metrics";
  readonly headTick = 0;
  readonly left: number[] = [];
  constructor(
    readonly view: number,
    readonly sizes: number[],
  ) {}
  #given = 0;
  collect(room: Room): void {
    this.#given = 0;
    for (
      let size = this.sizes[this.#given];
      size !== undefined && room.has(size);
      size = this.sizes[this.#given]
    ) {
      room.put(frameOf(size));
      room.count("framesSent");
      this.#given += 1;
    }
    this.sizes.splice(0, this.#given);
    this.taken = this.taken.concat(Array.from({ length: this.#given }, () => this.view));
  }
  taken: number[] = [];
  rollbacks = 0;
  rollback(): void {
    this.rollbacks += 1;
  }
  leave(nowMs: number): void {
    this.left.push(nowMs);
  }
  /** Nobody else watches it: each round looks after the session by itself. */
  step(): undefined {}
  isAt(): boolean {
    return false;
  }
  moveTo(): void {}
  positionAt(): string {
    return "";
  }
}

function frameOf(size: number): EncodedFrame {
  const text = JSON.stringify({ type: "frame", view: 1, tick: 1, i: [], v: [], pad: "" });
  return new EncodedFrame(
    Buffer.from(text.replace('""', `"${"x".repeat(Math.max(0, size - text.length))}"`)),
    false,
  );
}

function watching(sizes: number[], options: Parameters<typeof fakeSession>[0] = {}) {
  const made = fakeSession({ maxInFlightBytes: 10_000, ...options });
  const giver = new Giver(1, sizes);
  made.session.subscriptions.add(giver);
  return { ...made, giver };
}

describe("bytes in flight", () => {
  test("never pass the bound, but by one frame where there was nothing in flight", () => {
    const command = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant("give" as const),
          size: fc.oneof(fc.integer({ min: 80, max: 3_000 }), fc.constant(25_000)),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          { kind: "serve" as const },
          { kind: "pong" as const },
          { kind: "drained" as const },
        ),
      },
    );
    fc.assert(
      fc.property(fc.array(command, { maxLength: 100 }), (list) => {
        const { session, connection, giver, pong } = watching([]);
        connection.send = (packet) => {
          const bytes = packet.frames.reduce((sum, frame) => sum + frame.length, 0);
          // What is being sent counts already.
          const before = session.flight.bytes - bytes;
          const first = before === 0 ? (packet.frames[0]?.bytes.length ?? 0) : 0;
          expect(before + bytes).toBeLessThanOrEqual(Math.max(10_000, first));
          return FakeConnection.prototype.send.call(connection, packet);
        };
        let given = 0;
        for (const one of list) {
          if (one.kind === "give") {
            giver.sizes.push(one.size);
            given += one.size;
          } else if (one.kind === "pong") pong();
          else session.serve();
        }
        session.serve();
        for (let k = 0; k < 200; k += 1) pong();
        expect(connection.bytes).toBe(given);
        session.ping();
        pong();
        expect(session.flight.bytes).toBe(0);
      }),
      { numRuns: lawRuns(300) },
    );
  });

  test("bytes that the process still holds stop it too, until it is drained", () => {
    const { session, connection } = watching([100]);
    connection.bufferedBytes = 10_000;
    session.serve();
    expect(connection.writes).toEqual([]);
    connection.bufferedBytes = 9_999;
    session.serve();
    expect(connection.writes).toHaveLength(1);
  });

  test("a send that is not accepted is rolled back and counted, and nothing is in flight", () => {
    const { session, connection, giver, stats } = watching([100]);
    connection.accepts = false;
    session.serve();
    expect(giver.rollbacks).toBe(1);
    expect(session.flight.bytes).toBe(0);
    expect(stats).toMatchObject({ sendsRefused: 1, messagesOut: 0, bytesOut: 0 });
  });
});

describe("pings", () => {
  test("go out after three quarters of the bound, and one at a time", () => {
    const { session, connection, giver, pong } = watching([7_400], { maxInFlightBytes: 10_000 });
    session.serve();
    expect(connection.pings).toHaveLength(0);
    giver.sizes.push(100);
    session.serve();
    expect(connection.pings).toHaveLength(1);
    giver.sizes.push(2_000);
    session.serve();
    expect(connection.pings).toHaveLength(1);
    pong();
    expect(session.flight.bytes).toBe(2_000);
    giver.sizes.push(5_500);
    session.serve();
    expect(connection.pings).toHaveLength(2);
  });

  test("go in the write of the bytes they are to confirm, behind them", () => {
    const { session, connection } = watching([7_500]);
    session.serve();
    expect(connection.order).toEqual(["frame", "ping"]);
    expect(connection.packets.map(({ frames, ping }) => [frames.length, ping !== undefined])).toEqual([
      [1, true],
    ]);
  });

  test("go with a message where the heartbeat's is nearly due, and then not again for a heartbeat", () => {
    let now = 0;
    const { session, connection, pong } = watching([], { now: () => now, heartbeatMs: 10_000 });
    const sign = () => session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    now = 8_999;
    sign();
    expect(connection.pings).toHaveLength(0);
    now = 9_000;
    sign();
    expect(connection.packets.at(-1)?.ping).toBeDefined();
    pong();
    now = 17_999;
    sign();
    expect(connection.pings).toHaveLength(1);
    now = 18_000;
    sign();
    expect(connection.pings).toHaveLength(2);
  });

  test("that were not sent with their message are not waited for", () => {
    const { session, connection, giver } = watching([7_500]);
    connection.accepts = false;
    session.serve();
    expect(session.flight.isPinging).toBe(false);
    connection.accepts = true;
    giver.sizes.push(7_500);
    session.serve();
    expect(session.flight.isPinging).toBe(true);
  });

  test("do not wait for the heartbeat where somebody waits for room", () => {
    const { session, connection, pong, giver } = watching([2_000]);
    session.serve();
    giver.sizes.push(9_000);
    session.serve();
    expect(connection.pings).toHaveLength(1);
    pong();
    expect(connection.bytes).toBe(11_000);
  });

  test("a pong of nobody's ping is heard, and confirms nothing", () => {
    let now = 0;
    const { session, connection } = watching([7_500], { now: () => now });
    session.serve();
    now = 70;
    session.pong(Buffer.from("999"));
    expect(session.lastHeardMs).toBe(70);
    expect(session.flight.bytes).toBe(7_500);
    session.pong(connection.pings[0] ?? new Uint8Array());
    expect(session.flight.bytes).toBe(0);
  });
});

describe("the control lane", () => {
  const reply = (size: number) => ({ type: "result", id: 1, items: [], pad: "x".repeat(size) }) as const;

  test("goes at once, whatever is in flight", () => {
    const { session, connection } = watching([9_999]);
    session.serve();
    session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    expect(connection.messages.map(({ type }) => type)).toEqual(["frame", "pong"]);
  });

  test("takes a reply of a megabyte, and no large one more before that has arrived", () => {
    const { session, connection, pong } = watching([]);
    session.tell(reply(1_000_000));
    expect(session.isOpen).toBe(true);
    expect(session.takesLargeReply).toBe(false);
    session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    expect(session.isOpen).toBe(true);
    pong();
    pong();
    expect(session.takesLargeReply).toBe(true);
    expect(connection.closes).toEqual([]);
  });

  test("is bounded: a client that asks on without reading is closed", () => {
    const { session, connection } = watching([]);
    let told = 0;
    for (; session.isOpen && told < 1_000; told += 1) session.tell(reply(10_000));
    expect(connection.closes).toEqual([{ code: 4002, reason: closeCodes.slow.reason }]);
    expect(connection.bytes).toBeLessThan(2_097_152 + 20_000);
  });

  test("a frame of any size in flight does not end it", () => {
    const { session } = watching([3_000_000]);
    session.serve();
    session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    expect(session.isOpen).toBe(true);
  });

  test("a reply that does not go out ends the session: no request is left without one", () => {
    const { session, connection } = watching([]);
    connection.accepts = false;
    session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    expect(session.isOpen).toBe(false);
    expect(connection.closes).toMatchObject([{ code: 4002 }]);
  });
});

describe("the end", () => {
  test("says goodbye with the code, then closes; everything is left at once", () => {
    const { session, connection, giver } = watching([], { now: () => 42 });
    session.end(closeCodes.restart, 1_234.5);
    session.end(closeCodes.slow);
    expect(connection.messages).toEqual([
      { type: "bye", code: 1012, reason: "restarting", reconnectAfterMs: 1_235 },
    ]);
    expect(connection.closes).toEqual([{ code: 1012, reason: "restarting" }]);
    expect(giver.left).toEqual([42]);
    expect(session.subscriptions.size).toBe(0);
  });

  test("who must not come back is told no time", () => {
    const { session, connection } = watching([]);
    session.end(closeCodes.kicked);
    expect(connection.messages).toEqual([{ type: "bye", code: 4505, reason: "disconnected by the host" }]);
  });

  test("nothing goes out afterwards", () => {
    const { session, connection } = watching([100]);
    session.end(closeCodes.normal);
    connection.forget();
    session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    session.serve();
    expect(connection.writes).toEqual([]);
  });

  test("the transport's own end leaves everything, and says nothing", () => {
    const { session, connection, giver } = watching([]);
    session.leaveAll();
    session.leaveAll();
    expect(giver.left).toHaveLength(1);
    expect(session.isOpen).toBe(false);
    expect(connection.writes).toEqual([]);
  });
});

test("several views go out in one write", () => {
  const { session, connection } = watching([100, 100]);
  session.subscriptions.add(new Giver(2, [100]));
  session.serve();
  expect(connection.writes.map((frames) => frames.length)).toEqual([3]);
});

test("a pong from within a send does not serve twice over", () => {
  const { session, connection, stats } = watching([3_000, 100]);
  const collect = vi.spyOn(session.subscriptions.get(1) ?? new Giver(0, []), "collect");
  connection.ping = (payload) => session.pong(payload);
  session.serve();
  expect(connection.bytes).toBe(3_100);
  expect(collect.mock.calls.length).toBeLessThanOrEqual(3);
  expect(stats.framesSent).toBe(2);
});

test("counts what it sent", () => {
  const { session, connection, stats } = watching([100, 200]);
  session.serve();
  session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
  expect(stats).toMatchObject({ messagesOut: 3, bytesOut: connection.bytes });
});

test("of which something promised is gone begins anew, at once, with its position", () => {
  const { session, connection, giver } = watching([100]);
  giver.collect = (room) => {
    room.isLost = true;
  };
  session.serve();
  expect(connection.closes).toEqual([{ code: 4003, reason: closeCodes.insufficientState.reason }]);
  expect(connection.messages).toMatchObject([{ type: "bye", code: 4003, reconnectAfterMs: 0 }]);
});
