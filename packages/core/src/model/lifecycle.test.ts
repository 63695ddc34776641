import { FakeConnection, manualClock, seededRandom } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMetricast } from "../metricast.js";
import type { Authorization } from "../options.js";

/** Whatever many sessions do at once, nothing is left of them. */

const clients = 6;
const selects = ["*", "a_*", "b", 'a_1{zone="x"}'];

type Step =
  | { do: "open"; client: number }
  | { do: "drop"; client: number; code: number }
  | { do: "read"; client: number }
  | { do: "subscribe"; client: number; channel: string; select: number; everyMs: number }
  | { do: "update"; client: number; view: number; select: number; everyMs: number }
  | { do: "unsubscribe"; client: number; views: number[] }
  | { do: "answer" }
  | { do: "advance"; ms: number };

const client = fc.nat({ max: clients - 1 });
const select = fc.nat({ max: selects.length - 1 });
const everyMs = fc.constantFrom(0, 10_000, 60_000);
/** One of the views that a session was told of. */
const view = fc.nat({ max: 5 });
const channel = fc.constantFrom("metrics", "metrics", "events", "nowhere");

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: client.map((client): Step => ({ do: "open", client })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(client, fc.constantFrom(1000, 1006))
        .map(([client, code]): Step => ({ do: "drop", client, code })),
    },
    {
      weight: 6,
      arbitrary: fc.tuple(client, channel, select, everyMs).map(
        ([client, channel, select, everyMs]): Step => ({
          do: "subscribe",
          client,
          channel,
          select,
          everyMs,
        }),
      ),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(client, view, select, everyMs)
        .map(([client, view, select, everyMs]): Step => ({ do: "update", client, view, select, everyMs })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(client, fc.array(view, { minLength: 1, maxLength: 3 }))
        .map(([client, views]): Step => ({ do: "unsubscribe", client, views })),
    },
    { weight: 3, arbitrary: client.map((client): Step => ({ do: "read", client })) },
    { weight: 4, arbitrary: fc.constant<Step>({ do: "answer" }) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 4_000 }).map((ms): Step => ({ do: "advance", ms })) },
  ),
  { maxLength: 60, size: "max" },
);

/** A service whose host takes its time to decide who may watch what. */
class Crowd {
  readonly clock = manualClock();
  readonly waiting: ((answer: Authorization) => void)[] = [];
  readonly connections: (FakeConnection | undefined)[] = [];
  lazyReads = 0;
  readonly cast = createMetricast({
    clock: this.clock,
    random: seededRandom(3),
    intervalMs: 1_000,
    instance: "crowd",
    public: true,
    viewLingerMs: 5_000,
    messagesPerMinute: 1_000_000,
    messageBurst: 1_000_000,
    acceptsPerSecondPerAddress: 1_000_000,
    acceptBurstPerAddress: 1_000_000,
    authorize: () => new Promise((resolve) => this.waiting.push(resolve)),
    sources: [
      { name: "plain", read: () => ({ a_1: this.clock.dateMs(), b: 1 }) },
      { name: "lazy", lazy: true, read: () => ({ lazy: ++this.lazyReads }) },
    ],
  });
  #lastId = 0;

  async run(step: Step): Promise<void> {
    if (step.do === "answer") {
      const answer = this.waiting.shift();
      answer?.(this.#lastId % 7 !== 0);
    } else if (step.do === "advance") await this.clock.advanceAsync(step.ms);
    else await this.#runOf(step);
    await this.clock.advanceAsync(0);
  }

  async #runOf(step: Extract<Step, { client: number }>): Promise<void> {
    const connection = this.connections[step.client];
    if (step.do === "open") {
      if (connection && !connection.isClosed) return;
      this.connections[step.client] = await FakeConnection.open(this.cast.acceptor);
    } else if (step.do === "drop") connection?.drop(step.code);
    else if (step.do === "read") connection?.read();
    else connection?.write(JSON.stringify(this.#request(step, viewsOf(connection))));
  }

  #request(
    step: Extract<Step, { do: "subscribe" | "update" | "unsubscribe" }>,
    told: readonly number[],
  ): object {
    const id = ++this.#lastId;
    const viewAt = (index: number) => told[index % told.length] ?? 99;
    if (step.do === "unsubscribe") return { type: step.do, id, views: step.views.map(viewAt) };
    const { everyMs } = step;
    const wish = { select: selects[step.select], ...(everyMs > 0 && { everyMs }) };
    if (step.do === "update") return { type: step.do, id, items: [{ view: viewAt(step.view), ...wish }] };
    const { channel } = step;
    const item = channel === "metrics" ? { channel, ...wish } : { channel, select: wish.select };
    return { type: step.do, id, items: [item] };
  }

  get viewCount(): number | undefined {
    return this.cast.health().limits.find(({ name }) => name === "maxViews")?.used;
  }

  /** Everybody goes; what the host was asked is answered only then. */
  async leave(): Promise<void> {
    for (const connection of this.connections) connection?.drop();
    for (const answer of this.waiting.splice(0)) answer(true);
    await this.clock.advanceAsync(20_000);
  }
}

function viewsOf({ sent }: FakeConnection): number[] {
  const views = sent.flatMap(
    ({ bytes }) => /"view":(\d+),"channel"/.exec(Buffer.from(bytes).toString())?.[1] ?? [],
  );
  return [...new Set(views.map(Number))];
}

async function crowd(): Promise<Crowd> {
  const made = new Crowd();
  await made.cast.start();
  return made;
}

describe("after all sessions have gone", () => {
  test("no session, no view, no watcher and no timer is left of them", { timeout: 60_000 }, async () => {
    const idle = await crowd();
    await idle.clock.advanceAsync(60_000);
    const idleTimers = idle.clock.pendingTimers;
    await idle.cast.close();
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const target = await crowd();
        for (const step of list) await target.run(step);
        await target.leave();
        expect(target.cast.health().clients.count).toBe(0);
        expect(target.viewCount).toBe(0);
        expect(target.clock.pendingTimers).toBe(idleTimers);
        // A lazy source is read while somebody watches.
        const reads = target.lazyReads;
        await target.clock.advanceAsync(3_000);
        expect(target.lazyReads).toBe(reads);
        await target.cast.close();
        expect([target.clock.pendingTimers, target.clock.pendingSoon]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the first subscription", () => {
  test("has the channel read before it is answered, lazy sources too", async () => {
    const { cast, clock, waiting } = await crowd();
    await clock.advanceAsync(10_000);
    // Time has gone on, and the ticker's timer has not fired yet.
    clock.stepWall(5_000);
    const connection = await FakeConnection.open(cast.acceptor);
    const messages: unknown[] = [];
    connection.onMessage = (data) => messages.push(JSON.parse(String(data)));
    connection.write('{"type":"subscribe","id":1,"items":[{"channel":"metrics","select":"lazy"}]}');
    await clock.advanceAsync(0);
    waiting.shift()?.(true);
    await clock.advanceAsync(0);
    connection.read();
    const tick = 1_700_000_015;
    expect(messages).toMatchObject([
      { type: "welcome" },
      { type: "subscribed", id: 1, items: [{ position: expect.stringMatching(`\\.${tick}$`) }] },
      { type: "frame", tick, series: [{ name: "lazy" }], v: [1] },
    ]);
    connection.drop();
    await cast.close();
  });

  test("of a channel that is all lazy gives the values of that moment, and of nobody's time there is nothing", async () => {
    const clock = manualClock();
    let reads = 0;
    const lazy = { name: "lazy", lazy: true, read: () => ({ lazy: ++reads }) };
    const cast = createMetricast({
      clock,
      public: true,
      intervalMs: 10_000,
      channels: { rare: { sources: [lazy] } },
    });
    await cast.start();
    await clock.advanceAsync(60_000);
    expect(reads).toBe(0);
    await clock.advanceAsync(4_000);
    const connection = await FakeConnection.open(cast.acceptor);
    const messages: { readonly type: string; readonly v?: unknown }[] = [];
    connection.onMessage = (data) => messages.push(JSON.parse(String(data)));
    connection.write('{"type":"subscribe","id":1,"items":[{"channel":"rare"}]}');
    await clock.advanceAsync(0);
    connection.read();
    expect(messages.map(({ type, v }) => [type, v])).toEqual([
      ["welcome", undefined],
      ["subscribed", undefined],
      ["frame", [1]],
    ]);
    await clock.advanceAsync(20_000);
    expect(reads).toBe(3);
    // A page that is loaded anew finds no hole; one that is closed ends the reading.
    connection.drop();
    await clock.advanceAsync(9_000);
    const again = await FakeConnection.open(cast.acceptor);
    again.write('{"type":"subscribe","id":1,"items":[{"channel":"rare"}]}');
    await clock.advanceAsync(1_000);
    expect(reads).toBe(4);
    again.drop();
    await clock.advanceAsync(60_000);
    expect(reads).toBeLessThanOrEqual(5);
    const { series } = cast.query({
      channel: "rare",
      from: clock.dateMs() - 130_000,
      to: clock.dateMs(),
    });
    expect(series[0]?.count.filter((count) => count > 0).length).toBe(reads);
    await cast.close();
  });
});
