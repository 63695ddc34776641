import type { FrameMessage } from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { nothingShed, type ShedState } from "../pressure/shedding.js";
import { EventView } from "../views/event-view.js";
import { compileSelect } from "../views/select.js";
import { Cursor, type RangeSource } from "./cursor.js";
import { EventCursor } from "./event-cursor.js";
import { fakeEvents } from "./testing/fake-channel.js";
import { fakeSession } from "./testing/fake-connection.js";
import { type WatchedView, watchedView } from "./testing/watched-view.js";
import { ViewSets } from "./view-set.js";

const fakeChannel = (): RangeSource & { shed: ShedState } => ({
  shed: nothingShed,
  history: { stepFor: (from: number, to: number, points: number) => Math.ceil((to - from) / points) },
  startFor: (tick: number) => tick,
});

/** Sessions on some of these views, and a fan-out that visits them. */
function crowd({ views = 1, names = ["g"], maxInFlightBytes = 65_536 } = {}) {
  const sets = new ViewSets();
  const time = { ms: 0 };
  const channel = fakeChannel();
  const watched = Array.from({ length: views }, (_, k) => watchedView({ number: k + 1, names }));
  let round = 0;
  const watch = ({ session }: ReturnType<typeof fakeSession>, { view }: WatchedView) =>
    session.subscriptions.add(new Cursor({ view, channel, pageBytes: 32_768, session }, view.headTick));
  const join = (...on: WatchedView[]) => {
    const made = fakeSession({ sets, maxInFlightBytes, now: () => time.ms });
    for (const view of on) watch(made, view);
    made.session.serve();
    return made;
  };
  /** What the fan-out does: builds every view, then visits everybody. */
  const visitAll = (sessions: readonly ReturnType<typeof fakeSession>[]) => {
    round += 1;
    for (const { view } of watched) view.build();
    return sessions.map(({ session }) => session.visit(round, time.ms));
  };
  for (const { tick } of watched)
    tick(
      1,
      names.map(() => 0),
    );
  return {
    sets,
    time,
    channel,
    watched,
    watch,
    join,
    visitAll,
    joinMany: (count: number, ...on: WatchedView[]) => Array.from({ length: count }, () => join(...on)),
    tick(at: number, value = at): void {
      for (const { tick } of watched)
        tick(
          at,
          names.map(() => value),
        );
    },
  };
}

type Made = ReturnType<typeof fakeSession>;

const forget = (sessions: readonly Made[]) => {
  for (const { connection } of sessions) connection.forget();
};
const packetsOf = (sessions: readonly Made[]) => sessions.flatMap(({ connection }) => connection.packets);

describe("sessions with the same views", () => {
  test("are sent the very same packet, one per tick, whatever the number of views", () => {
    const { watched, joinMany, visitAll, tick } = crowd({ views: 3 });
    const sessions = joinMany(40, ...watched);
    forget(sessions);
    for (let at = 2; at <= 5; at += 1) {
      tick(at);
      visitAll(sessions);
      for (const { connection } of sessions) expect(connection.packets).toHaveLength(at - 1);
      const newest = sessions.map(({ connection }) => connection.packets.at(-1));
      expect(new Set(newest).size).toBe(1);
      expect(newest[0]?.isShared).toBe(true);
      for (const [k, { view }] of watched.entries())
        expect(newest[0]?.frames[k]).toBe(view.log.newest?.frame);
    }
  });

  test("share the frames where they watch different sets, and make no piece that nobody shares", () => {
    const { watched, join, visitAll, tick } = crowd({ views: 3 });
    const [a, b, c] = watched;
    if (!a || !b || !c) throw new Error("three views were made");
    const [one, two, three] = [join(a, b), join(b, c), join(b)];
    forget([one, two, three]);
    tick(2);
    visitAll([one, two, three]);
    const [ofOne, ofTwo, ofThree] = packetsOf([one, two, three]);
    expect(ofOne?.frames[1]).toBe(b.view.log.newest?.frame);
    expect(ofTwo?.frames[0]).toBe(b.view.log.newest?.frame);
    expect(ofThree?.frames).toEqual([b.view.log.newest?.frame]);
    expect([ofOne, ofTwo, ofThree].map((packet) => packet?.isShared)).toEqual([false, false, false]);
  });

  test("get frames too large to be copied for a few of them in parts", () => {
    const names = Array.from({ length: 4_000 }, (_, k) => `series_${k}`);
    const { watched, joinMany, visitAll, tick } = crowd({ views: 2, names, maxInFlightBytes: 1_000_000 });
    const few = joinMany(2, ...watched);
    forget(few);
    tick(2, 0.123_456);
    visitAll(few);
    expect(packetsOf(few).map(({ isShared }) => isShared)).toEqual([false, false]);
    expect(new Set(packetsOf(few)).size).toBe(1);
  });

  test("that are due for a ping get it with the frame: one packet more for all of them", () => {
    const { watched, joinMany, visitAll, tick, time } = crowd();
    const sessions = joinMany(20, ...watched);
    forget(sessions);
    time.ms = 9_000;
    for (const { session } of sessions.slice(0, 5)) session.pingedMs = 8_000;
    tick(2);
    visitAll(sessions);
    const pinging = packetsOf(sessions).filter(({ ping }) => ping !== undefined);
    expect(pinging).toHaveLength(15);
    expect(new Set(packetsOf(sessions)).size).toBe(2);
    expect(new Set(packetsOf(sessions).map(({ frames }) => frames[0])).size).toBe(1);
    expect(sessions.filter(({ session }) => session.flight.isPinging)).toHaveLength(15);
    // The answer confirms what went before it.
    const last = sessions.at(-1);
    last?.pong();
    expect(last?.session.flight.bytes).toBe(0);
  });

  test("cost what one of them costs to encode: nothing is made for each", () => {
    const buffersMade = (count: number) => {
      const { watched, joinMany, visitAll, tick } = crowd({ views: 2 });
      const sessions = joinMany(count, ...watched);
      tick(2);
      visitAll(sessions);
      tick(3);
      forget(sessions);
      // The fake's own bookkeeping would read every frame.
      for (const { connection } of sessions)
        connection.send = (packet) => connection.packets.push(packet) > 0;
      const names = ["from", "alloc", "allocUnsafe", "allocUnsafeSlow", "concat"] as const;
      const spies = names.map((name) => vi.spyOn(Buffer, name));
      visitAll(sessions);
      const calls = spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
      for (const spy of spies) spy.mockRestore();
      expect(calls).toBeGreaterThan(0);
      expect(packetsOf(sessions)).toHaveLength(count);
      return calls;
    };
    expect(buffersMade(300)).toBe(buffersMade(3));
  });

  test("are counted, frame by frame", () => {
    const { watched, joinMany, visitAll, tick } = crowd({ views: 2 });
    const sessions = joinMany(3, ...watched);
    tick(2);
    const before = sessions.map(({ stats }) => ({ ...stats }));
    const [bytes] = visitAll(sessions);
    for (const [k, { stats, connection }] of sessions.entries()) {
      expect(stats.framesSent - (before[k]?.framesSent ?? 0)).toBe(2);
      expect(stats.messagesOut - (before[k]?.messagesOut ?? 0)).toBe(2);
      expect(stats.bytesOut).toBe(connection.bytes);
      expect(stats.bytesOut - (before[k]?.bytesOut ?? 0)).toBe(bytes);
    }
  });

  test("hold nothing that was put together once the walk is over", () => {
    const { watched, joinMany, visitAll, tick, sets } = crowd({ views: 2 });
    const sessions = joinMany(3, ...watched);
    tick(2);
    visitAll(sessions);
    const late = joinMany(1, ...watched);
    sets.release();
    forget(sessions);
    // No new tick: nothing comes, and nothing is made anew.
    visitAll([...sessions, ...late]);
    expect(packetsOf(sessions)).toEqual([]);
    tick(3);
    visitAll(sessions);
    expect(new Set(packetsOf(sessions)).size).toBe(1);
  });

  test("are each told once that work is shed, and share their packets again", () => {
    const { watched, joinMany, visitAll, tick, channel } = crowd({ views: 2 });
    const sessions = joinMany(10, ...watched);
    tick(2);
    visitAll(sessions);
    forget(sessions);
    for (const [at, level, packets] of [
      [4, 1, 10],
      [6, 1, 1],
      [8, 3, 10],
      [12, 3, 1],
      [16, 0, 10],
      [17, 0, 1],
    ] as const) {
      channel.shed = { level, everyTicks: 4, lastValuesOnly: level === 3 };
      tick(at);
      visitAll(sessions);
      const newest = packetsOf(sessions);
      expect([at, newest.length, new Set(newest).size]).toEqual([at, 10, packets]);
      // A notice for each view, once.
      for (const { frames } of newest) expect([at, frames.length]).toEqual([at, packets === 1 ? 2 : 4]);
      forget(sessions);
    }
  });

  test("leave no set behind", () => {
    const { watched, joinMany, visitAll, tick, sets } = crowd({ views: 2 });
    const sessions = joinMany(5, ...watched);
    tick(2);
    visitAll(sessions);
    expect(sets.count).toBe(1);
    sessions[0]?.session.subscriptions.delete(1);
    visitAll(sessions);
    expect(sets.count).toBe(2);
    for (const { session } of sessions) session.leaveAll();
    expect(sets.count).toBe(0);
  });
});

describe("a slow session", () => {
  /** One that reads nothing among some that read, long enough behind to need a keyframe. */
  function slowAmong() {
    const made = crowd({ maxInFlightBytes: 4_096 });
    const sessions = made.joinMany(5, ...made.watched);
    const [slow] = sessions;
    if (!slow) throw new Error("five sessions were made");
    let at = 1;
    const next = () => {
      made.tick(++at);
      const answers = made.visitAll(sessions);
      for (const { connection, pong } of sessions.slice(1)) if (connection.pings.length > 0) pong();
      return answers;
    };
    for (let k = 0; k < 200; k += 1) next();
    return { ...made, sessions, slow, next };
  }

  test("is passed over without a look at what it would get, till it answers", () => {
    const { slow, next, sessions, watched } = slowAmong();
    const collect = vi.spyOn([...slow.session.subscriptions][0] ?? expect.fail(), "collect");
    const view = watched[0]?.view ?? expect.fail();
    const keyframe = vi.spyOn(view, "keyframe");
    forget(sessions);
    for (let k = 0; k < 20; k += 1) expect(next()[0]).toBe(0);
    expect([collect.mock.calls.length, keyframe.mock.calls.length]).toEqual([0, 0]);
    expect(slow.connection.packets).toEqual([]);
    for (const { connection } of sessions.slice(1)) expect(connection.of("frame")).toHaveLength(20);
    // The twin: asked to serve it all the same, the view would make a keyframe each time.
    slow.session.serve();
    expect([collect.mock.calls.length, keyframe.mock.calls.length]).toEqual([1, 1]);
  });

  test("gets on at once when it answers, and what the others get once it is level with them", () => {
    const { slow, next, sessions } = slowAmong();
    forget(sessions.slice(1));
    const before = slow.connection.packets.length;
    for (let k = 0; k < 20 && slow.session.flight.isPinging; k += 1) slow.pong();
    expect(slow.connection.packets.length).toBeGreaterThan(before);
    forget(sessions);
    next();
    next();
    const [, other] = sessions;
    expect(slow.connection.of("frame").map(({ tick }) => tick)).toEqual(
      other?.connection.of("frame").map(({ tick }) => tick),
    );
    expect(slow.connection.packets.at(-1)?.frames[0]).toBe(other?.connection.packets.at(-1)?.frames[0]);
  });
});

test("events come with frames in one packet, and only where there are some", () => {
  const { watched, join, visitAll, tick, sets } = crowd();
  const [{ view }] = watched as [WatchedView];
  const { log } = fakeEvents();
  const parts = { number: 9, channel: "events", source: log, select: compileSelect(["a"]) };
  const events = new EventView({ ...parts, positionAt: (n) => `v1.e.${n}` });
  const sessions = Array.from({ length: 3 }, () => {
    const made = join({ view } as WatchedView);
    made.session.subscriptions.add(new EventCursor(events, 0));
    return made;
  });
  visitAll(sessions);
  forget(sessions);
  log.append("a", { n: 1 });
  tick(2);
  visitAll(sessions);
  log.append("b");
  visitAll(sessions);
  log.append("a", { n: 2 });
  visitAll(sessions);
  for (const { connection, stats } of sessions) {
    expect(connection.writes.map((frames) => frames.length)).toEqual([2, 1]);
    expect(stats.eventsSent).toBe(2);
  }
  expect(new Set(packetsOf(sessions)).size).toBe(2);
  expect(sets.count).toBe(1);
});

describe("whatever happens between rounds", () => {
  type Step =
    | { readonly do: "tick" | "visit" }
    | { readonly do: "serve" | "pong" | "refuse" | "accept" | "ping"; readonly of: number }
    | { readonly do: "watch" | "unwatch"; readonly of: number; readonly view: number };
  const of = fc.nat({ max: 2 });
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<Step[]>({ do: "tick" }, { do: "visit" }, { do: "visit" }) },
      {
        weight: 4,
        arbitrary: fc
          .tuple(fc.constantFrom("serve", "pong", "refuse", "accept", "ping"), of)
          .map(([what, of]): Step => ({ do: what as "serve", of })),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom("watch", "unwatch"), of, fc.nat({ max: 2 }))
          .map(([what, of, view]): Step => ({ do: what as "watch", of, view })),
      },
    ),
    { maxLength: 80 },
  );

  test("each view's frames follow each other, and lead to its head", () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { watched, watch, join, visitAll, tick } = crowd({ views: 3 });
        const sessions = Array.from({ length: 3 }, () => join(...watched));
        let at = 1;
        for (const step of list) {
          const one = "of" in step ? sessions[step.of] : undefined;
          if (step.do === "tick") tick(++at);
          else if (step.do === "visit") visitAll(sessions);
          else if (!one) continue;
          else if (step.do === "serve") one.session.serve();
          else if (step.do === "ping") one.session.ping();
          else if (step.do === "pong") one.pong();
          else if (step.do === "watch" || step.do === "unwatch") {
            const view = watched[step.view];
            const isOn = one.session.subscriptions.has(step.view + 1);
            if (view && step.do === "watch" && !isOn) watch(one, view);
            else if (view && step.do === "unwatch" && isOn) {
              one.session.subscriptions.get(step.view + 1)?.leave(0);
              one.session.subscriptions.delete(step.view + 1);
            }
          } else one.connection.accepts = step.do === "accept";
        }
        for (const { connection } of sessions) connection.accepts = true;
        tick(++at);
        visitAll(sessions);
        for (const made of sessions) expectChained(made, at);
      }),
      { numRuns: 500 },
    );
  });

  /** By the letter: a chain frame follows the frame before it of its view; all that is watched is at the head. */
  function expectChained({ session, connection }: Made, head: number): void {
    const at = new Map<number, number>();
    for (const message of connection.messages) if (message.type === "frame") apply(message, at);
    for (const view of session.subscriptions.views) expect(at.get(view)).toBe(head);
  }

  function apply({ view, tick, prev }: FrameMessage, at: Map<number, number>): void {
    if (prev !== undefined) expect(at.get(view)).toBe(prev);
    at.set(view, tick);
  }
});
