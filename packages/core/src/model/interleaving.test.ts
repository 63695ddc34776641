import type { ServerMessage } from "@metricast/protocol";
import { FakeConnection, lawRuns, manualClock, seededRandom, WireView } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMetricast, type Metricast } from "../metricast.js";

/**
 * In whatever order permission, ticks, reading, and a line that is cut follow each other: every request has one answer, every
 * tick comes once, and nothing waits for ever.
 */

const intervalMs = 1_000;

interface Plan {
  readonly ticks: number;
  /** Of each subscription: how far back it asks. */
  readonly subscriptions: readonly number[];
  readonly reads: number;
  readonly end: "stays" | "is cut and comes back" | "is closed by the service";
}

const plans: fc.Arbitrary<Plan> = fc.record({
  // A hook that takes five seconds is not waited for.
  ticks: fc.integer({ min: 1, max: 4 }),
  subscriptions: fc.array(fc.constantFrom(0, 3_000, 60_000), { minLength: 1, maxLength: 3 }),
  reads: fc.nat({ max: 4 }),
  end: fc.constantFrom<Plan["end"][]>("stays", "is cut and comes back", "is closed by the service"),
});

/** One connection, as a client that knows only the wire has it. */
class Line {
  readonly connection: FakeConnection;
  /** Of each request, by its id. */
  readonly answers = new Map<number, ServerMessage[]>();
  readonly views = new Map<number, WireView>();
  /** The request that each view was asked for by. */
  readonly askedBy = new Map<number, number>();

  static async open(cast: Metricast): Promise<Line> {
    return new Line(await FakeConnection.open(cast.acceptor));
  }

  private constructor(connection: FakeConnection) {
    this.connection = connection;
    connection.onMessage = (data) => this.#take(JSON.parse(String(data)));
  }

  subscribe(id: number, wish: object): void {
    this.answers.set(id, []);
    const item = { channel: "metrics", select: `s${id}*`, ...wish };
    this.connection.write(JSON.stringify({ type: "subscribe", id, items: [item] }));
  }

  viewOf(id: number): WireView | undefined {
    return [...this.views.values()].find(({ number }) => this.askedBy.get(number) === id);
  }

  #take(message: ServerMessage): void {
    if ("id" in message && message.id !== undefined) this.answers.get(message.id)?.push(message);
    if (message.type === "subscribed") {
      for (const item of message.items) {
        this.views.set(item.view, new WireView(item));
        this.askedBy.set(item.view, message.id ?? 0);
      }
    }
    if ("view" in message) this.views.get(message.view)?.take(message);
  }
}

/** Ticks that came in frames, and those that came in blocks. */
function ticksOf(view: WireView | undefined): { readonly inFrames: number[]; readonly inBlocks: number[] } {
  const inBlocks = (view?.blocks ?? []).flatMap(({ fromTick, stepTicks, series: [column] }) =>
    Array.from(column?.count ?? [], (count, at) => (count > 0 ? fromTick + (at + 1) * stepTicks : 0)),
  );
  return {
    inFrames: (view?.frames ?? []).map(({ tick }) => tick),
    inBlocks: inBlocks.filter((tick) => tick > 0),
  };
}

/** `forgets`: blocks are not looked at, as by a client that does not ask for what it missed. */
async function play(scheduler: fc.Scheduler, plan: Plan, forgets = false): Promise<void> {
  const clock = manualClock();
  const cast = createMetricast({
    clock,
    random: seededRandom(5),
    intervalMs,
    public: true,
    authorize: () => scheduler.schedule(Promise.resolve(true), "permission"),
    sources: [({ now }) => ({ s1: now, s2: now, s3: now })],
  });
  await cast.start();
  await clock.advanceAsync(5 * intervalMs);
  const ids = plan.subscriptions.map((_, at) => at + 1);
  const lines = [await Line.open(cast)];
  const line = () => lines.at(-1);

  const steps = {
    tick: async () => clock.advanceAsync(intervalMs),
    read: async () => line()?.connection.read(),
    cut: async () => {
      lines[0]?.connection.drop();
      const next = await Line.open(cast);
      lines.push(next);
      for (const id of ids) {
        const position = lines[0]?.viewOf(id)?.position;
        next.subscribe(id, position === undefined ? {} : { position });
      }
    },
    close: async () => void cast.close(),
  };
  const times = (count: number, label: "tick" | "read") =>
    Array.from({ length: count }, () => ({ label, builder: steps[label] }));
  scheduler.scheduleSequence(times(plan.ticks, "tick"));
  scheduler.scheduleSequence(times(plan.reads, "read"));
  scheduler.scheduleSequence(
    plan.subscriptions.map((sinceMs, at) => ({
      label: "subscribe",
      builder: async () => lines[0]?.subscribe(at + 1, sinceMs > 0 ? { sinceMs } : {}),
    })),
  );
  if (plan.end === "is cut and comes back")
    scheduler.scheduleSequence([{ label: "cut", builder: steps.cut }]);
  if (plan.end === "is closed by the service")
    scheduler.scheduleSequence([{ label: "close", builder: steps.close }]);
  await scheduler.waitIdle();

  const isClosed = plan.end === "is closed by the service";
  for (let more = 0; more < 3; more += 1) {
    await clock.advanceAsync(intervalMs);
    await scheduler.waitIdle();
    line()?.connection.read();
  }
  const lastTick = Math.floor(clock.dateMs() / intervalMs);
  for (const id of ids) {
    const all = lines.map((one) => one.viewOf(id));
    expect(all.flatMap((view) => view?.faults ?? [])).toEqual([]);
    const given =
      line()
        ?.answers.get(id)
        ?.map(({ type }) => type) ?? [];
    if (isClosed) expect(given.length).toBeLessThanOrEqual(1);
    else expect(given).toEqual(["subscribed"]);
    for (const view of all) {
      const { inFrames, inBlocks } = ticksOf(view);
      expect(new Set(inFrames).size).toBe(inFrames.length);
      // A keyframe stands for a tick that a block may have, too: nothing else comes twice.
      const again = inBlocks.filter((tick) => inFrames.slice(1).includes(tick));
      expect(again).toEqual([]);
    }
    if (!isClosed) expectAll(all, lastTick, forgets);
  }
  const closed = cast.close();
  await clock.advanceAsync(30_000);
  await closed;
  expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0]);
}

/** From the first frame that came on. */
function expectAll(views: readonly (WireView | undefined)[], lastTick: number, forgets: boolean): void {
  const had = views.map(ticksOf);
  const held = new Set(had.flatMap(({ inFrames, inBlocks }) => [...inFrames, ...(forgets ? [] : inBlocks)]));
  const first = had.flatMap(({ inFrames }) => inFrames)[0] ?? lastTick + 1;
  const missing = Array.from({ length: lastTick - first + 1 }, (_, at) => first + at).filter(
    (tick) => !held.has(tick),
  );
  expect(missing).toEqual([]);
  expect(views.at(-1)?.tick).toBe(lastTick);
}

describe("in whatever order things follow each other", () => {
  test("each request has one answer, each tick comes once, and nothing waits for ever", {
    timeout: 300 * lawRuns(400),
  }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plans, (scheduler, plan) => play(scheduler, plan)),
      {
        numRuns: lawRuns(400),
      },
    );
  });

  test("twin: a client that does not look at what it missed would lose ticks", async () => {
    const forgetful = fc.asyncProperty(fc.scheduler(), plans, (scheduler, plan) =>
      play(scheduler, plan, true),
    );
    expect((await fc.check(forgetful, { numRuns: 400, seed: 1, endOnFailure: true })).failed).toBe(true);
  });
});
