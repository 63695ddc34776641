import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Clock } from "../contracts/clock.js";
import { FanOut } from "./fan-out.js";
import type { View } from "./view.js";

/** A clock that moves while work is done, and turns of the event loop one by one. */
function turningClock() {
  let nowMs = 0;
  let waiting = new Set<() => void>();
  const clock: Clock = {
    monotonicMs: () => nowMs,
    dateMs: () => nowMs,
    after: () => () => {},
    soon(run) {
      const queue = waiting;
      queue.add(run);
      return () => queue.delete(run);
    },
  };
  return {
    clock,
    work(ms: number): void {
      nowMs += ms;
    },
    get waiting(): number {
      return waiting.size;
    },
    /** False where nothing waited for it. */
    turn(): boolean {
      const now = waiting;
      waiting = new Set();
      for (const run of now) run();
      return now.size > 0;
    },
  };
}

/** A walk over sessions that are only names, where serving one takes some time. */
function fanOut({ sessions = 100, serveMs = 0, buildMs = 0, sliceMs = 2, bytes = 0 } = {}) {
  const loop = turningClock();
  const { clock } = loop;
  const names = new Set(Array.from({ length: sessions }, (_, k) => `s${k}`));
  const served: string[] = [];
  const built: string[] = [];
  const visits: { round: number; nowMs: number }[] = [];
  /** How many had been served at each end of a walk. */
  const ends: number[] = [];
  const told: { afterMs: number; sessions: number }[] = [];
  const faults: [unknown, string | undefined][] = [];
  let depth = 0;
  let onServe: (name: string) => void = () => {};
  const walk = new FanOut<string>({
    clock,
    sliceMs,
    sessions: names,
    serve: (name, round, nowMs) => {
      served.push(name);
      visits.push({ round, nowMs });
      loop.work(serveMs);
      onServe(name);
      return bytes;
    },
    onServed: (afterMs, count) => told.push({ afterMs, sessions: count }),
    onEnd: () => ends.push(served.length),
    onFault: (cause, name) => faults.push([cause, name]),
    cost: { begin: () => (depth += 1), end: () => (depth -= 1) },
  });
  const view = (name: string) =>
    ({
      build() {
        loop.work(buildMs);
        built.push(name);
        return true;
      },
    }) as unknown as View;
  return {
    clock,
    names,
    served,
    built,
    visits,
    ends,
    told,
    faults,
    walk,
    view,
    cost: () => depth,
    onServe: (listener: (name: string) => void) => {
      onServe = listener;
    },
    loop,
    turn: () => loop.turn(),
  };
}

test("every session is served once per tick, after the views were built", () => {
  const { served, built, walk, names, view, cost } = fanOut();
  walk.start([view("a"), view("b")]);
  expect(built).toEqual(["a", "b"]);
  expect(served).toEqual([...names]);
  walk.start([view("c")]);
  expect(served).toHaveLength(200);
  expect(cost()).toBe(0);
});

describe("slices", () => {
  test("yield to the host between them", () => {
    const { served, walk, loop, turn } = fanOut({ sessions: 100, serveMs: 0.1 });
    walk.start([]);
    expect(served).toHaveLength(32);
    expect(loop.waiting).toBe(1);
    const sizes = [served.length];
    while (turn()) sizes.push(served.length);
    expect(sizes).toEqual([32, 64, 96, 100]);
    expect(new Set(served).size).toBe(100);
  });

  test("are no longer than asked for, but for one look at the clock", () => {
    const { walk, clock, turn } = fanOut({ sessions: 500, serveMs: 0.5, buildMs: 3 });
    let before = clock.monotonicMs();
    walk.start([]);
    do {
      expect(clock.monotonicMs() - before).toBeLessThanOrEqual(2 + 16 * 0.5);
      before = clock.monotonicMs();
    } while (turn());
  });

  test.each([0, 20_000, 64_000, 200_000, 2_000_000])(
    "are hardly longer than asked for, however large frames of %d bytes are",
    (bytes) => {
      // As measured: 12 µs a write, and as much again for each 40 KB of it.
      const serveMs = 0.012 * (1 + bytes / 40_000);
      const { walk, clock, turn, served } = fanOut({ sessions: 1_000, serveMs, bytes });
      let before = clock.monotonicMs();
      walk.start([]);
      do {
        expect(clock.monotonicMs() - before).toBeLessThanOrEqual(2 + Math.max(0.3, serveMs));
        before = clock.monotonicMs();
      } while (turn());
      expect(served).toHaveLength(1_000);
    },
  );

  test("without the bytes that were written, large frames would hold them open: the twin", () => {
    const { walk, clock } = fanOut({ sessions: 1_000, serveMs: 0.612, bytes: 0 });
    walk.start([]);
    expect(clock.monotonicMs()).toBeGreaterThan(2 + 5);
  });

  test("a session that took who knows how long is looked at the clock after", () => {
    const { walk, told, turn } = fanOut({ sessions: 10, serveMs: 0.5, bytes: Infinity });
    walk.start([]);
    while (turn());
    expect(told.map(({ sessions }) => sessions)).toEqual(Array.from({ length: 10 }, () => 1));
  });

  test("building counts too", () => {
    const { walk, built, served, view, turn } = fanOut({ sessions: 3, buildMs: 3 });
    walk.start([view("a"), view("b"), view("c")]);
    expect(built).toEqual(["a"]);
    expect(served).toEqual([]);
    while (turn());
    expect(built).toEqual(["a", "b", "c"]);
    expect(served).toHaveLength(3);
  });

  test("nobody waits for ever, however slow serving is", () => {
    const { walk, served, turn } = fanOut({ sessions: 200, serveMs: 50, sliceMs: 0.1 });
    walk.start([]);
    while (turn());
    expect(new Set(served).size).toBe(200);
  });
});

test("each tick is a round of its own, also where it comes during a walk, and the time is about right", () => {
  const { walk, visits, turn } = fanOut({ sessions: 40, serveMs: 0.1 });
  walk.start([]);
  expect(new Set(visits.map(({ round }) => round))).toEqual(new Set([1]));
  walk.start([]);
  while (turn());
  expect(new Set(visits.slice(32).map(({ round }) => round))).toEqual(new Set([2]));
  for (const [k, { nowMs }] of visits.entries()) {
    expect(nowMs).toBeLessThanOrEqual(k * 0.1 + 0.001);
    expect(nowMs).toBeGreaterThan(k * 0.1 - 1.7);
  }
});

test("the end of a walk is told when all were served", () => {
  const { walk, ends, turn } = fanOut({ sessions: 40, serveMs: 0.1 });
  walk.start([]);
  expect(ends).toEqual([]);
  walk.start([]);
  while (turn());
  expect(ends).toEqual([40, 80]);
});

describe("a newer tick during the walk", () => {
  test("does not begin anew before the end: the last are not starved by the first", () => {
    const { walk, served, names, turn } = fanOut({ sessions: 100, serveMs: 0.1 });
    walk.start([]);
    for (let tick = 0; tick < 3; tick += 1) {
      walk.start([]);
      turn();
    }
    expect(new Set(served)).toEqual(names);
    while (turn());
    expect(served.slice(-100)).toEqual([...names]);
  });

  test("brings another walk for those already passed, one for all newer ticks", () => {
    const { walk, served, turn } = fanOut({ sessions: 50, serveMs: 0.1 });
    walk.start([]);
    walk.start([]);
    walk.start([]);
    while (turn());
    expect(served).toHaveLength(100);
  });

  test("has its views built at once, and before values move on", () => {
    const { walk, built, view, turn } = fanOut({ sessions: 50, serveMs: 0.1 });
    walk.start([view("a1")]);
    walk.settle();
    walk.start([view("a2")]);
    expect(built).toEqual(["a1"]);
    walk.settle();
    expect(built).toEqual(["a1", "a2"]);
    while (turn());
    expect(built).toEqual(["a1", "a2"]);
  });

  test("is timed from when it came", () => {
    const { walk, told, turn } = fanOut({ sessions: 17, serveMs: 1 });
    walk.start([]);
    expect(told).toEqual([{ afterMs: 16, sessions: 16 }]);
    walk.start([]);
    while (turn());
    // The second tick came at 16 ms; its first sixteen were served at 33 ms.
    expect(told.slice(1, 3)).toEqual([
      { afterMs: 17, sessions: 1 },
      { afterMs: 17, sessions: 16 },
    ]);
  });
});

test("sessions may come and go in the middle", () => {
  const { walk, names, served, turn } = fanOut({ sessions: 60, serveMs: 0.1 });
  walk.start([]);
  const passed = new Set(served);
  names.delete("s59");
  names.delete("s0");
  names.add("new");
  while (turn());
  expect(served.filter((name) => name === "s59")).toEqual([]);
  expect(served).toContain("new");
  expect(passed.has("s0")).toBe(true);
  expect(new Set(served).size).toBe(served.length);
});

test("a session that ends others while it is served hurts nobody", () => {
  const { walk, names, served, onServe } = fanOut({ sessions: 20 });
  onServe((name) => {
    if (name !== "s3") return;
    for (const other of [...names]) if (other !== "s19") names.delete(other);
  });
  walk.start([]);
  expect(served).toEqual(["s0", "s1", "s2", "s3", "s19"]);
});

test("stopped, it serves nobody any more", () => {
  const { walk, served, loop, turn } = fanOut({ sessions: 100, serveMs: 0.1 });
  walk.start([]);
  const before = served.length;
  walk.stop();
  expect(loop.waiting).toBe(0);
  while (turn());
  expect(served).toHaveLength(before);
});

test("after each tick everybody there throughout was served since", () => {
  const commands = fc.array(fc.constantFrom("tick", "turn", "join", "leave"), { maxLength: 40 });
  fc.assert(
    fc.property(commands, fc.integer({ min: 1, max: 80 }), (list, sessions) => {
      const { walk, served, names, turn } = fanOut({ sessions, serveMs: 0.2 });
      let next = 0;
      let lastTickAt = 0;
      for (const command of list) {
        if (command === "tick") {
          lastTickAt = served.length;
          walk.start([]);
        } else if (command === "turn") turn();
        else if (command === "join") names.add(`j${next++}`);
        else for (const name of [...names].slice(0, 1)) names.delete(name);
      }
      if (!list.includes("tick")) return;
      while (turn());
      const since = new Set(served.slice(lastTickAt));
      for (const name of names) if (!name.startsWith("j")) expect(since.has(name)).toBe(true);
    }),
  );
});

test("a session or a view that fails is told, and the walk goes on without it", () => {
  const { walk, served, built, names, view, faults, onServe, cost } = fanOut({ sessions: 40 });
  onServe((name) => {
    if (name === "s3") throw new Error(name);
  });
  const broken = {
    build() {
      throw new Error("view");
    },
  } as unknown as View;
  walk.start([broken, view("a")]);
  expect(built).toEqual(["a"]);
  expect(served).toEqual([...names]);
  expect(faults).toEqual([
    [new Error("view"), undefined],
    [new Error("s3"), "s3"],
  ]);
  expect(cost()).toBe(0);
});
