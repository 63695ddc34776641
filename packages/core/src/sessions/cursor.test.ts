import type { BlockMessage, FrameMessage, QualityMessage } from "@metricast/protocol";
import { lawRuns } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nothingShed, type ShedState } from "../pressure/shedding.js";
import { FrameReader } from "../views/testing/frame-reader.js";
import { Cursor } from "./cursor.js";
import type { Session } from "./session.js";
import { type FakeConnection, fakeSession } from "./testing/fake-connection.js";
import { watchedView } from "./testing/watched-view.js";

type StepFor = (fromTick: number, toTick: number, points: number) => number;
const finest: StepFor = () => 1;
/** The finest step that needs at most so many points, as history answers. */
const sparing: StepFor = (fromTick, toTick, points) => Math.max(1, Math.ceil((toTick - fromTick) / points));

/** Everything is held, tick by tick. */
const startFor = (afterTick: number) => afterTick;

/** A session on one view, and a client that reads what arrives by the letter of the protocol. */
function watching({ maxInFlightBytes = 65_536, stepFor = finest, pageBytes = 32_768 } = {}) {
  const made = fakeSession({ maxInFlightBytes });
  const { session, connection, stats } = made;
  const watched = watchedView();
  const reader = new FrameReader();
  const seen = {
    chain: [] as number[],
    keys: [] as number[],
    blocks: [] as BlockMessage[],
    qualities: [] as QualityMessage[],
  };
  let read = 0;
  let owedFrom = Number.POSITIVE_INFINITY;
  let blocksBefore = 0;
  let shed = nothingShed;
  const take = () => {
    for (const message of connection.messages.slice(read)) {
      read += 1;
      if (message.type === "frame") frame(message);
      else if (message.type === "block") seen.blocks.push(message);
      else if (message.type === "quality") seen.qualities.push(message);
    }
  };
  const frame = (message: FrameMessage) => {
    reader.apply(message);
    (message.prev === undefined ? seen.keys : seen.chain).push(message.tick);
  };
  let cursor = join();
  function join(tick = watched.view.headTick): Cursor {
    const channel = {
      history: { stepFor },
      startFor,
      get shed() {
        return shed;
      },
    };
    const made = new Cursor({ view: watched.view, channel, pageBytes, session }, tick);
    session.subscriptions.add(made);
    return made;
  }
  return {
    ...made,
    ...watched,
    reader,
    seen,
    take,
    get cursor() {
      return cursor;
    },
    shedTo(state: ShedState) {
      shed = state;
    },
    /** Answers every ping until there is nothing more to say. */
    settle() {
      free(connection, true);
      session.serve();
      for (let k = 0; k < 200; k += 1) made.pong();
      take();
    },
    /** Leaves the view, and comes back with the position it reached: complete, as a resume is planned. */
    comeBack() {
      const position = reader.tick;
      // A client whose blocks are still to come has to ask from where they begin; that is not what this is about.
      if (position !== undefined && seen.qualities.at(-1)?.state === "catching_up") return;
      // They come newest first: all are there with the one that reaches back to it.
      const isOwed = owedFrom < Number.POSITIVE_INFINITY;
      if (isOwed && !seen.blocks.slice(blocksBefore).some(({ from }) => from <= owedFrom)) return;
      session.subscriptions.delete(1);
      cursor.leave(0);
      cursor = join();
      const head = watched.view.headTick;
      if (position !== undefined && head !== undefined && head > position) {
        cursor.owe({ fromTick: position, toTick: head, stepTicks: 1 });
        owedFrom = position;
        blocksBefore = seen.blocks.length;
      }
      session.serve();
    },
    stats,
  };
}

type Command =
  | { readonly kind: "tick"; readonly after: number; readonly served: boolean; readonly value: number }
  | { readonly kind: "pong" | "refuse" | "accept" | "choke" | "serve" | "comeBack" | "stall" };

const commands = (
  kinds: readonly Exclude<Command["kind"], "tick">[],
  afters = fc.integer({ min: 1, max: 3 }),
) =>
  fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant("tick" as const),
          after: afters,
          served: fc.boolean(),
          value: fc.nat({ max: 3 }),
        }),
      },
      { weight: 2, arbitrary: fc.constantFrom(...kinds).map((kind) => ({ kind })) },
    ),
    { maxLength: 120 },
  );

/** Plays the commands from a first tick on; answers the ticks there were. */
function play(list: readonly Command[], target: ReturnType<typeof watching>): number[] {
  const ticks = [100];
  target.tick(100, [0]);
  target.session.serve();
  for (const command of list) {
    if (command.kind === "tick") {
      const at = (ticks.at(-1) ?? 0) + command.after;
      ticks.push(at);
      target.tick(at, [command.value]);
      if (command.served) target.session.serve();
    } else if (command.kind === "pong") target.pong();
    else if (command.kind === "serve") target.session.serve();
    else if (command.kind === "comeBack") target.comeBack();
    else if (command.kind === "stall") stall(target.session);
    else if (command.kind === "choke") target.connection.bufferedBytes = Infinity;
    else free(target.connection, command.kind === "accept");
    target.take();
  }
  target.settle();
  return ticks;
}

/** A stall is a ping that is not answered. */
function stall(session: Session): void {
  session.ping();
  session.giveLastValuesOnly();
}

function free(connection: FakeConnection, accepts: boolean): void {
  connection.accepts = accepts;
  if (accepts) connection.bufferedBytes = 0;
}

/**
 * Found once: what is owed comes newest first, and who comes back again with the newest page alone would not be given the
 * others. Bounds of 316 bytes let that page through, and no more.
 */
const backWithTheNewestPageAlone: readonly Command[] = [
  ...[false, false, false, true].map((served): Command => ({ kind: "tick", after: 1, served, value: 0 })),
  { kind: "comeBack" },
  { kind: "tick", after: 2, served: false, value: 0 },
  { kind: "pong" },
  { kind: "comeBack" },
];

describe("whatever the reader and the network do", () => {
  const bounds = fc.integer({ min: 150, max: 900 });

  test("each tick is in exactly one chain frame or one block, and chain frames follow each other", () => {
    const list = commands(["pong", "refuse", "accept", "serve", "comeBack"]);
    fc.assert(
      fc.property(list, bounds, (list, maxInFlightBytes) => {
        const target = watching({ maxInFlightBytes });
        const ticks = play(list, target);
        const { chain, keys, blocks } = target.seen;
        for (const tick of ticks) {
          const inFrames = chain.filter((one) => one === tick).length;
          const inBlocks = blocks.filter(({ from, to }) => from < tick && tick <= to).length;
          expect({ tick, times: inFrames + inBlocks }).toEqual({
            tick,
            times: keys.includes(tick) && inFrames + inBlocks === 0 ? 0 : 1,
          });
        }
        expect(target.reader.shown).toEqual(target.feed.cells);
        expect(target.stats).toMatchObject({
          framesSent: chain.length,
          keyframesSent: keys.length,
          blocksSent: blocks.length,
          ticksMerged: 0,
          ticksSkipped: 0,
        });
      }),
      { numRuns: lawRuns(500), examples: [[[...backWithTheNewestPageAlone], 316]] },
    );
  });

  test("what comes back coarser covers all that was missed, and is counted exactly", () => {
    const list = commands(["pong", "pong", "refuse", "accept", "serve"], fc.constant(1));
    fc.assert(
      fc.property(list, bounds, fc.integer({ min: 200, max: 2_000 }), (list, maxInFlightBytes, pageBytes) => {
        const target = watching({ maxInFlightBytes, stepFor: sparing, pageBytes });
        const ticks = play(list, target);
        const { chain, keys, blocks } = target.seen;
        const given = new Set([...chain, ...keys]);
        const missed = ticks.filter((tick) => !given.has(tick));
        const inBlocks = (tick: number) => blocks.filter(({ from, to }) => from < tick && tick <= to);
        for (const tick of missed) expect(inBlocks(tick)).not.toEqual([]);
        const merged = missed.filter((tick) => inBlocks(tick).every(({ step }) => step > 1));
        expect(target.stats).toMatchObject({ ticksMerged: merged.length, ticksSkipped: 0 });
        for (const { from, to, step } of blocks) {
          expect(Math.ceil((to - from) / step)).toBeLessThanOrEqual(60);
        }
      }),
      { numRuns: lawRuns(300) },
    );
  });

  test("with last values only, what is not made up is counted as skipped", () => {
    const list = commands(["pong", "choke", "accept", "stall"], fc.constant(1));
    fc.assert(
      fc.property(list, bounds, (list, maxInFlightBytes) => {
        const target = watching({ maxInFlightBytes });
        const ticks = play(list, target);
        const { chain, keys, blocks } = target.seen;
        const covered = (tick: number) =>
          chain.includes(tick) ||
          keys.includes(tick) ||
          blocks.some(({ from, to }) => from < tick && tick <= to);
        expect(target.stats.ticksSkipped).toBe(ticks.filter((tick) => !covered(tick)).length);
        expect(target.reader.shown).toEqual(target.feed.cells);
      }),
      { numRuns: lawRuns(300) },
    );
  });

  test("the session is told when it is not live, with the range, and when it is again", () => {
    const list = commands(["pong", "choke", "accept", "serve", "stall"]);
    fc.assert(
      fc.property(list, bounds, (list, maxInFlightBytes) => {
        const target = watching({ maxInFlightBytes, stepFor: sparing });
        play(list, target);
        const { qualities, blocks } = target.seen;
        const missed = qualities.filter(({ state }) => state === "catching_up" || state === "coarse");
        for (const { from, to, step, state } of missed) {
          expect(state).toBe(step === 1 ? "catching_up" : "coarse");
          expect(blocks.some((block) => block.from <= (from ?? 0) && block.to >= (to ?? 0))).toBe(true);
        }
        expect(qualities.at(-1)?.state ?? "live").toBe("live");
      }),
      { numRuns: lawRuns(300) },
    );
  });
});

describe("joining", () => {
  test("waits for the first tick there is", () => {
    const { session, tick, take, seen, connection } = watching();
    session.serve();
    expect(connection.writes).toEqual([]);
    tick(5, [1]);
    session.serve();
    take();
    expect(seen.keys).toEqual([5]);
  });

  test("gets a keyframe at once and history besides, newest first", () => {
    const { session, tick, take, seen, cursor } = watching({ pageBytes: 100 });
    tick(30, [1]);
    cursor.owe({ fromTick: 5, toTick: 30, stepTicks: 1 });
    session.serve();
    take();
    expect(seen.keys).toEqual([30]);
    expect(seen.blocks.map(({ from, to }) => [from, to])).toEqual([
      [20, 30],
      [10, 20],
      [5, 10],
    ]);
    expect(seen.qualities).toEqual([]);
  });

  test("whose keyframe had to wait misses nothing in between", () => {
    const target = watching();
    const { session, tick, take, seen, connection } = target;
    tick(30, [1]);
    target.comeBack();
    connection.forget();
    connection.accepts = false;
    target.comeBack();
    for (const at of [31, 32, 33]) tick(at, [at]);
    connection.accepts = true;
    session.serve();
    take();
    expect(seen.keys.at(-1)).toBe(33);
    expect(seen.blocks.map(({ from, to }) => [from, to])).toContainEqual([30, 33]);
  });
});

test("a keyframe one tick after the last one leaves nothing to be made up", () => {
  const { session, tick, take, seen, view } = watching();
  tick(1, [0]);
  session.serve();
  tick(2, [2]);
  view.build();
  view.log.clear();
  session.serve();
  take();
  expect(seen).toMatchObject({ keys: [1, 2], blocks: [], qualities: [] });
});

describe("a session a little behind", () => {
  test("gets up to eight frames in a row", () => {
    const { session, tick, take, seen } = watching();
    tick(1, [0]);
    session.serve();
    for (let at = 2; at <= 9; at += 1) tick(at, [at]);
    session.serve();
    take();
    expect(seen).toMatchObject({ keys: [1], chain: [2, 3, 4, 5, 6, 7, 8, 9], blocks: [], qualities: [] });
  });

  test("and one more behind gets a keyframe and one block", () => {
    const { session, tick, take, seen } = watching();
    tick(1, [0]);
    session.serve();
    for (let at = 2; at <= 10; at += 1) tick(at, [at]);
    session.serve();
    take();
    expect(seen).toMatchObject({ keys: [1, 10], chain: [] });
    expect(seen.blocks.map(({ from, to, step }) => [from, to, step])).toEqual([[1, 10, 1]]);
    expect(seen.qualities).toEqual([
      { type: "quality", view: 1, state: "catching_up", reason: "slow_reader", from: 1, to: 10, step: 1 },
      { type: "quality", view: 1, state: "live" },
    ]);
  });

  test("F1: ticks that nobody sampled do not make it slow", () => {
    const { session, tick, take, seen } = watching();
    tick(1, [0]);
    session.serve();
    tick(500, [1]);
    session.serve();
    take();
    expect(seen).toMatchObject({ keys: [1], chain: [500], blocks: [], qualities: [] });
  });

  test("takes as many frames as there is room for, in order", () => {
    const { session, tick, take, seen, pong } = watching({ maxInFlightBytes: 200 });
    tick(1, [0]);
    session.serve();
    pong();
    for (let at = 2; at <= 8; at += 1) tick(at, [at]);
    session.serve();
    take();
    expect(seen.chain.length).toBeGreaterThan(0);
    expect(seen.chain.length).toBeLessThan(7);
    pong();
    pong();
    pong();
    take();
    expect(seen.chain).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  test("served before the walk built the tick gets that tick's frame all the same", () => {
    const { session, tick, take, seen, view } = watching();
    tick(1, [0]);
    session.serve();
    tick(2, [2]);
    expect(view.log.after(1)).toBeUndefined();
    session.serve();
    take();
    expect(seen).toMatchObject({ keys: [1], chain: [2], qualities: [] });
  });
});

describe("a slow reader", () => {
  function slow(ticks: number) {
    const target = watching({ maxInFlightBytes: 4_096, stepFor: sparing });
    target.tick(1, [0]);
    target.session.serve();
    target.connection.accepts = false;
    for (let at = 2; at <= ticks; at += 1) {
      target.tick(at, [at]);
      target.session.serve();
    }
    return target;
  }

  test("F15: gets one block of at most 60 points for what it missed, the coarser the longer that was", () => {
    const target = slow(601);
    target.settle();
    expect(target.seen.blocks.map(({ from, to, step }) => [from, to, step])).toEqual([[1, 601, 10]]);
    expect(target.seen.qualities.map(({ state, step }) => [state, step])).toEqual([
      ["coarse", 10],
      ["live", undefined],
    ]);
    expect(target.stats.ticksMerged).toBe(599);
  });

  test("that misses more before it got its block gets one for both", () => {
    const target = slow(20);
    target.connection.accepts = true;
    // Room for the keyframe, not for the block.
    target.session.flight.sent(4_096 - 350);
    target.session.serve();
    target.take();
    expect(target.seen.keys).toEqual([1, 20]);
    expect(target.seen.blocks).toEqual([]);
    target.connection.accepts = false;
    for (let at = 21; at <= 40; at += 1) target.tick(at, [at]);
    target.settle();
    expect(target.seen.blocks.map(({ from, to }) => [from, to])).toEqual([[1, 40]]);
    expect(target.seen.qualities.map(({ state }) => state)).toEqual(["catching_up", "catching_up", "live"]);
  });

  test("F14: after a long stall gets last values only, is told, and is live again", () => {
    const target = slow(50);
    target.connection.accepts = true;
    stall(target.session);
    stall(target.session);
    target.settle();
    expect(target.seen).toMatchObject({ keys: [1, 50], blocks: [] });
    expect(target.seen.qualities.map(({ state, reason }) => [state, reason])).toEqual([
      ["last_values", "slow_reader"],
      ["live", undefined],
    ]);
    expect(target.stats.ticksSkipped).toBe(48);
    target.tick(51, [1]);
    target.session.serve();
    target.take();
    expect(target.seen.chain).toEqual([51]);
  });

  test("that was only a few frames behind loses nothing to the stall", () => {
    const target = slow(5);
    target.connection.accepts = true;
    stall(target.session);
    target.settle();
    expect(target.seen.chain).toEqual([2, 3, 4, 5]);
    expect(target.seen.qualities.map(({ state }) => state)).toEqual(["last_values", "live"]);
    expect(target.stats.ticksSkipped).toBe(0);
  });

  test("is not told that it is live before bytes arrive again, though there is room", () => {
    const target = watching();
    target.tick(1, [0]);
    target.session.serve();
    target.session.ping();
    for (let at = 2; at <= 30; at += 1) {
      stall(target.session);
      target.tick(at, [at]);
      target.session.serve();
    }
    target.take();
    expect(target.seen.qualities.map(({ state }) => state)).toEqual(["last_values"]);
    target.pong();
    target.take();
    expect(target.seen.qualities.map(({ state }) => state)).toEqual(["last_values", "live"]);
    expect(target.seen.chain).toHaveLength(29);
  });

  test("owes a bounded number of ranges, however often it falls behind", () => {
    const target = watching({ maxInFlightBytes: 800 });
    target.tick(1, [0]);
    target.session.serve();
    let at = 1;
    for (let round = 0; round < 100; round += 1) {
      // A keyframe gets through each time, a block never, and a frame between, so that ranges do not touch.
      target.connection.accepts = false;
      for (let k = 0; k < 10; k += 1) target.tick(++at, [k]);
      target.connection.accepts = true;
      target.session.flight.pong(Buffer.from("none"));
      target.session.serve();
    }
    target.settle();
    expect(target.reader.tick).toBe(at);
    expect(target.seen.blocks.length).toBeLessThan(120);
  });
});

test("watchers are counted, and the leaving is timed", () => {
  const { view, cursor } = watching();
  expect(view.watchers).toBe(1);
  cursor.leave(77);
  expect(view).toMatchObject({ watchers: 0, idleSinceMs: 77 });
});

describe("while the server sheds its own work", () => {
  const coarse: ShedState = { level: 2, everyTicks: 4, lastValuesOnly: false };
  const last: ShedState = { level: 3, everyTicks: 4, lastValuesOnly: true };

  /** A session that got the ticks 1 and 2. */
  function level(options: Parameters<typeof watching>[0] = {}) {
    const target = watching(options);
    for (const at of [1, 2]) {
      target.tick(at, [at]);
      target.session.serve();
    }
    target.take();
    return target;
  }
  const states = ({ seen }: ReturnType<typeof watching>) =>
    seen.qualities.map(({ state, reason }) => [state, reason]);

  test("a session is told of each level once, with the next frame, and of its end", () => {
    const target = level();
    const { connection, session, tick, seen } = target;
    for (const [at, state] of [
      [4, coarse],
      [8, coarse],
      [12, last],
      [16, coarse],
      [20, nothingShed],
      [21, nothingShed],
    ] as const) {
      target.shedTo(state);
      tick(at, [at]);
      const writes = connection.packets.length;
      session.serve();
      expect(connection.packets.length).toBe(writes + 1);
    }
    target.take();
    expect(seen.qualities).toEqual([
      { type: "quality", view: 1, state: "coarse", reason: "shed", step: 4 },
      { type: "quality", view: 1, state: "last_values", reason: "shed", step: 4 },
      { type: "quality", view: 1, state: "coarse", reason: "shed", step: 4 },
      { type: "quality", view: 1, state: "live" },
    ]);
    expect(seen.chain).toEqual([2, 4, 8, 12, 16, 20, 21]);
    expect(seen.blocks).toEqual([]);
  });

  test("whoever joins is told at once", () => {
    const target = watching();
    target.shedTo(last);
    target.tick(4, [4]);
    target.session.serve();
    target.take();
    expect(states(target)).toEqual([["last_values", "shed"]]);
    expect(target.seen.keys).toEqual([4]);
  });

  test("what a session misses is not made up with last values only, and counted; it is with ticks left out", () => {
    for (const [state, blocks, skipped] of [
      [coarse, 1, 0],
      [last, 0, 9],
    ] as const) {
      const target = level({ maxInFlightBytes: 4_096 });
      target.shedTo(state);
      target.connection.bufferedBytes = Infinity;
      for (let at = 3; at <= 12; at += 1) {
        target.tick(at, [at]);
        target.session.serve();
      }
      target.settle();
      expect(target.seen.keys).toEqual([1, 12]);
      expect(target.seen.blocks).toHaveLength(blocks);
      expect(target.stats.ticksSkipped).toBe(skipped);
      expect(states(target).at(-1)).toEqual([state === last ? "last_values" : "coarse", "shed"]);
    }
  });

  test("a session that cannot be told gets nothing it was not told of", () => {
    const target = level();
    target.connection.accepts = false;
    target.shedTo(last);
    target.tick(4, [4]);
    target.session.serve();
    target.shedTo(nothingShed);
    target.connection.accepts = true;
    target.tick(5, [5]);
    target.session.serve();
    target.take();
    expect(target.seen.qualities).toEqual([]);
    expect(target.seen.chain).toEqual([2, 4, 5]);
  });

  test("a reader that is owed something is not told that all is well when shedding ends", () => {
    const target = level({ maxInFlightBytes: 4_096 });
    target.pong();
    target.shedTo(coarse);
    target.connection.accepts = false;
    for (let at = 4; at <= 60; at += 4) target.tick(at, [at]);
    target.connection.accepts = true;
    // Room for the keyframe, not for the block.
    target.session.flight.sent(4_096 - 350);
    target.session.serve();
    target.take();
    expect(target.seen.keys).toEqual([1, 60]);
    expect(target.seen.blocks).toEqual([]);
    target.shedTo(nothingShed);
    target.tick(61, [61]);
    target.settle();
    expect(target.seen.blocks).toHaveLength(1);
    expect(states(target)).toEqual([
      ["coarse", "shed"],
      ["catching_up", "slow_reader"],
      ["live", undefined],
    ]);
  });

  test("a slow reader hears of it when it is back, and of the end only once all is made up", () => {
    const target = level();
    stall(target.session);
    target.shedTo(coarse);
    target.tick(4, [4]);
    target.session.serve();
    target.take();
    expect(states(target)).toEqual([["last_values", "slow_reader"]]);
    target.pong();
    target.tick(8, [8]);
    target.session.serve();
    target.take();
    expect(states(target).slice(1)).toEqual([["coarse", "shed"]]);
    target.shedTo(nothingShed);
    target.tick(9, [9]);
    target.session.serve();
    target.settle();
    expect(states(target).slice(2)).toEqual([["live", undefined]]);
  });
});

test("claims nothing of what it still owes, but for history that was asked for", () => {
  const { view, tick } = watchedView();
  tick(10, [1]);
  view.build();
  const { session } = fakeSession();
  const channel = { history: { stepFor: finest }, startFor, shed: nothingShed };
  const join = () => new Cursor({ view, channel, pageBytes: 32_768, session }, 10);
  const [level, asking, resuming] = [join(), join(), join()];
  asking.owe({ fromTick: 2, toTick: 10, stepTicks: 1, asked: true });
  resuming.owe({ fromTick: 5, toTick: 10, stepTicks: 1 });
  expect([level, asking, resuming].map(({ position }) => position)).toEqual(["v1.e.10", "v1.e.10", "v1.e.5"]);
});
