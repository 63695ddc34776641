import { closeCodes } from "@metricast/protocol";
import { manualClock } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { EncodedFrame } from "../contracts/connection.js";
import type { Identity } from "../contracts/identity.js";
import { Stats } from "../health/stats.js";
import { Heartbeat } from "./heartbeat.js";
import type { Room } from "./room.js";
import type { Session } from "./session.js";
import { FakeConnection, fakeSession } from "./testing/fake-connection.js";

const options = {
  heartbeatMs: 10_000,
  deadAfterMs: 30_000,
  helloTimeoutMs: 10_000,
  recheckMs: 300_000,
  stallLastValuesMs: 30_000,
  stallCloseMs: 60_000,
  fanOutSliceMs: 2,
};
const cost = { begin() {}, end() {} };

function beating() {
  const clock = manualClock();
  const sessions = new Set<Session>();
  const stats = new Stats();
  const sweeps: number[] = [];
  const rechecked: Session[] = [];
  const heartbeat = new Heartbeat({
    clock,
    options,
    sessions,
    stats,
    cost,
    nowMs: () => clock.dateMs(),
    recheck: (session) => rechecked.push(session),
    onSweep: (now) => sweeps.push(now),
  });
  heartbeat.start();
  const open = (more: { identity?: Identity | null; endsMs?: number; answers?: boolean } = {}) => {
    const connection = new FakeConnection();
    const made = fakeSession({ connection, stats, now: () => clock.monotonicMs(), ...more });
    sessions.add(made.session);
    if (more.answers) connection.onPing = (payload) => clock.after(5, () => made.session.pong(payload));
    return made;
  };
  return { clock, sessions, stats, sweeps, rechecked, heartbeat, open };
}

/** Of a subscription that never has anything new. */
const still = {
  position: undefined,
  positionAt: () => "",
  collect() {},
  rollback() {},
  leave() {},
  step: () => undefined,
  isAt: () => false,
  moveTo() {},
};

/** Keeps bytes in flight: something to send at every serve. */
function feed(session: Session, bytes = 100): void {
  session.subscriptions.add({
    ...still,
    view: 1,
    channel: "metrics",
    headTick: 7,
    collect(room: Room) {
      if (room.frames.length === 0 && room.has(bytes))
        room.put(
          new EncodedFrame(Buffer.from(JSON.stringify({ type: "frame", pad: "x".repeat(bytes) })), false),
        );
    },
  });
}

const codes = (connection: FakeConnection) => connection.closes.map(({ code }) => code);

describe("pings", () => {
  test("go out every heartbeat, to whoever answers", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ answers: true });
    clock.advance(60_000);
    expect(connection.pings).toHaveLength(6);
    expect(session.isOpen).toBe(true);
  });

  test("also to one that talks all the time: bytes in flight are known by pongs alone", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ answers: true });
    for (let k = 0; k < 60; k += 1) {
      clock.advance(1_000);
      session.heard();
    }
    expect(connection.pings).toHaveLength(6);
  });

  test("and not more often because something is in flight: a ping costs more than a frame", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ answers: true });
    for (let k = 0; k < 60; k += 1) {
      clock.advance(1_000);
      session.tell({ type: "pong", id: k, serverTimeMs: 0 });
    }
    expect(connection.pings.length).toBeLessThanOrEqual(6);
  });

  test("also while a message has just taken the turn of the beat, but not the ping along", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ answers: true });
    clock.advance(8_000);
    session.tell({ type: "pong", id: 1, serverTimeMs: 0 });
    clock.advance(3_000);
    expect(connection.pings).toHaveLength(1);
  });

  test("one at a time, however long it takes", () => {
    const { clock, open } = beating();
    const { connection } = open();
    clock.advance(29_000);
    expect(connection.pings).toHaveLength(1);
  });
});

describe("F16: silence", () => {
  test("ends a session after 30 s, and tears it down at once", () => {
    const { clock, open, stats } = beating();
    const { connection, session } = open();
    clock.advance(29_999);
    expect(connection.closes).toEqual([]);
    clock.advance(1_001);
    expect(codes(connection)).toEqual([4001]);
    expect(connection.terminations).toBe(1);
    expect(connection.of("bye")).toMatchObject([{ code: 4001 }]);
    expect(session.isOpen).toBe(false);
    expect(stats.dead).toBe(1);
    clock.advance(60_000);
    expect(stats.dead).toBe(1);
  });

  test("anything heard puts it off", () => {
    const { clock, open } = beating();
    const { connection, session } = open();
    clock.advance(29_000);
    session.heard();
    clock.advance(29_000);
    expect(connection.closes).toEqual([]);
    clock.advance(2_000);
    expect(codes(connection)).toEqual([4001]);
  });
});

describe("F1: our own standstill", () => {
  /** A clock whose timers fire late, as those of a blocked event loop do. */
  function stalled(forgives: boolean) {
    const { clock, open, heartbeat, sessions } = beating();
    const { connection, session } = open({ answers: true });
    clock.advance(15_000);
    // The loop stands still: time passes, no timer fires. Then the sweep comes, late, and once.
    const monotonicMs = clock.monotonicMs.bind(clock);
    const ahead = 31_000;
    if (forgives) {
      clock.monotonicMs = () => monotonicMs() + ahead;
    } else {
      // The twin: the same silence without the standstill, sweep by sweep.
      connection.onPing = () => {};
      clock.advance(ahead);
    }
    clock.advance(1_000);
    heartbeat.stop();
    return { connection, session, sessions };
  }

  test("is not a peer's silence", () => {
    const { connection, session } = stalled(true);
    expect(connection.closes).toEqual([]);
    expect(session.isOpen).toBe(true);
  });

  test("without it the same silence ends the session", () => {
    expect(codes(stalled(false).connection)).toEqual([4001]);
  });

  test("does not take from the time that a hello has", () => {
    const { clock, open, heartbeat } = beating();
    const { connection } = open({ identity: null });
    clock.advance(5_000);
    const monotonicMs = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => monotonicMs() + 31_000;
    clock.advance(4_000);
    expect(codes(connection)).toEqual([]);
    clock.advance(2_000);
    expect(codes(connection)).toEqual([4008]);
    heartbeat.stop();
  });
});

describe("hello", () => {
  test("F18: has to come in time", () => {
    const { clock, open } = beating();
    const { connection } = open({ identity: null });
    clock.advance(9_999);
    expect(connection.closes).toEqual([]);
    clock.advance(1_001);
    expect(codes(connection)).toEqual([4008]);
  });

  test("no ping and no beat before it", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ identity: null });
    clock.advance(9_000);
    expect(connection.order).toEqual([]);
    session.identity = { id: "late" };
    clock.advance(5_000);
    expect(connection.closes).toEqual([]);
  });
});

test("one that was ended has ten seconds to close, then its socket is torn down", () => {
  const { clock, open } = beating();
  const { connection, session } = open();
  session.end(closeCodes.kicked);
  clock.advance(9_000);
  expect(connection.terminations).toBe(0);
  clock.advance(2_000);
  expect(connection.terminations).toBeGreaterThan(0);
});

test("a session ends at the end of its life, and may come back at once", () => {
  const { clock, open } = beating();
  const { connection } = open({ answers: true, endsMs: 60_000 });
  clock.advance(59_000);
  expect(connection.closes).toEqual([]);
  clock.advance(1_000);
  expect(codes(connection)).toEqual([4007]);
  expect(connection.of("bye")).toMatchObject([{ code: 4007, reconnectAfterMs: 0 }]);
});

test("B33: credentials that run out during the session end it", () => {
  const { clock, open } = beating();
  const { connection } = open({ answers: true, identity: { id: "a", expiresMs: clock.dateMs() + 45_000 } });
  clock.advance(44_000);
  expect(connection.closes).toEqual([]);
  clock.advance(1_000);
  expect(codes(connection)).toEqual([4004]);
});

test("B33: unless they are renewed before", () => {
  const { clock, open } = beating();
  const identity = { id: "a", expiresMs: clock.dateMs() + 45_000 };
  const { connection, session } = open({ answers: true, identity });
  clock.advance(44_000);
  session.identity = { id: "a", expiresMs: clock.dateMs() + 45_000 };
  clock.advance(44_000);
  expect(connection.closes).toEqual([]);
  clock.advance(1_000);
  expect(codes(connection)).toEqual([4004]);
});

test("what it may watch is asked again when that is due, then every five minutes, and not before hello", () => {
  const { clock, open, rechecked } = beating();
  const { session } = open({ answers: true });
  const stranger = open({ identity: null });
  session.recheckAtMs = stranger.session.recheckAtMs = 200_000;
  clock.advance(199_000);
  expect(rechecked).toEqual([]);
  clock.advance(1_000);
  expect(rechecked).toEqual([session]);
  clock.advance(299_000);
  expect(rechecked).toHaveLength(1);
  clock.advance(1_000);
  expect(rechecked).toEqual([session, session]);
});

describe("beats", () => {
  test("come when nothing else was sent for a heartbeat, with time and heads", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ answers: true });
    session.subscriptions.add({ ...still, view: 3, channel: "m", headTick: 70 });
    session.subscriptions.add({ ...still, view: 5, channel: "e", headTick: 9 });
    clock.advance(10_000);
    expect(connection.of("beat")).toEqual([
      { type: "beat", serverTimeMs: clock.dateMs(), heads: [3, 70, 5, 9] },
    ]);
    clock.advance(10_000);
    expect(connection.of("beat")).toHaveLength(2);
  });

  test("not to one that gets data anyway", () => {
    const { clock, open } = beating();
    const { connection, session } = open({ answers: true });
    for (let k = 0; k < 30; k += 1) {
      clock.advance(1_000);
      session.tell({ type: "pong", id: k, serverTimeMs: 0 });
    }
    expect(connection.of("beat")).toEqual([]);
  });
});

describe("F14: no progress", () => {
  function stuck() {
    const made = beating();
    const opened = made.open();
    feed(opened.session, 60_000);
    opened.session.serve();
    let last = 0;
    opened.session.giveLastValuesOnly = () => {
      last = made.clock.monotonicMs();
    };
    /** It goes on sending, and answers no ping. */
    const talk = (ms: number) => {
      for (let k = 0; k < ms; k += 1_000) {
        made.clock.advance(1_000);
        opened.session.heard();
      }
    };
    return { ...made, ...opened, talk, lastValues: () => last };
  }

  test("leads to last values after 30 s, and to 4002 after 60 s", () => {
    const { talk, connection, lastValues } = stuck();
    talk(29_000);
    expect(lastValues()).toBe(0);
    talk(1_000);
    expect(lastValues()).toBe(30_000);
    talk(29_000);
    expect(connection.closes).toEqual([]);
    talk(1_000);
    expect(codes(connection)).toEqual([4002]);
    expect(connection.of("bye")).toMatchObject([{ code: closeCodes.slow.code, reconnectAfterMs: 0 }]);
  });

  test("F15: is not so while bytes arrive, however slowly", () => {
    const { talk, connection, session, pong, lastValues } = stuck();
    for (let k = 0; k < 10; k += 1) {
      talk(25_000);
      pong();
      session.serve();
    }
    expect(connection.closes).toEqual([]);
    expect(lastValues()).toBe(0);
  });

  test("our own standstill is not the reader's", () => {
    const { talk, connection, clock, session } = stuck();
    talk(20_000);
    const monotonicMs = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => monotonicMs() + 100_000;
    clock.advance(1_000);
    session.heard();
    expect(connection.closes).toEqual([]);
  });
});

test("pings for thousands go out in slices, and to each of them once", () => {
  const { clock, open, heartbeat } = beating();
  let nowMs = 0;
  const slices: number[] = [];
  clock.monotonicMs = () => nowMs;
  const all = Array.from({ length: 1_000 }, () => open());
  for (const { connection } of all) {
    connection.onPing = () => {
      nowMs += 0.02;
    };
  }
  const waiting: (() => void)[] = [];
  clock.soon = (run) => {
    waiting.push(run);
    return () => waiting.splice(0);
  };
  const inSlice = (run: () => void) => {
    const before = nowMs;
    run();
    slices.push(nowMs - before);
  };
  for (nowMs = 1_000; nowMs < 10_000; nowMs += 1_000) clock.fireEarly(0);
  // Idle sessions get a beat, which takes the ping along.
  inSlice(() => clock.fireEarly(0));
  while (waiting.length > 0) inSlice(waiting.shift() ?? (() => {}));
  expect(all.every(({ connection }) => connection.pings.length === 1)).toBe(true);
  expect(all.every(({ connection }) => connection.of("beat").length === 1)).toBe(true);
  expect(slices.length).toBeGreaterThan(8);
  expect(Math.max(...slices)).toBeLessThan(2 + 16 * 0.02 + 0.001);
  heartbeat.stop();
});

describe("the timer", () => {
  test("is one for all sessions, and gone when stopped", () => {
    const { clock, open, heartbeat, sweeps } = beating();
    for (let k = 0; k < 50; k += 1) open();
    expect(clock.pendingTimers).toBe(1);
    clock.advance(3_000);
    expect(sweeps).toEqual([1_000, 2_000, 3_000]);
    heartbeat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test("stays gone when it is stopped by whoever hears of a session's end", () => {
    const { clock, open, heartbeat } = beating();
    const { connection } = open();
    connection.terminate = () => heartbeat.stop();
    clock.advance(40_000);
    expect(clock.pendingTimers).toBe(0);
  });

  test("sweeps ten times in a short heartbeat", () => {
    const clock = manualClock();
    const sweeps: number[] = [];
    const heartbeat = new Heartbeat({
      clock,
      options: { ...options, heartbeatMs: 100 },
      sessions: new Set(),
      stats: new Stats(),
      cost,
      nowMs: () => 0,
      onSweep: (now) => sweeps.push(now),
    });
    heartbeat.start();
    clock.advance(100);
    expect(sweeps).toHaveLength(10);
  });
});
