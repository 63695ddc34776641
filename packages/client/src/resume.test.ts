import { lawRuns, manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Subscription } from "./subscription.js";
import { harness } from "./testing/harness.js";
import { chained, keyframe } from "./testing/scripted-server.js";

const codecs = ["json", "binary"] as const;
type Codec = (typeof codecs)[number];

function startIn(codec: Codec) {
  return harness(manualClock(), { codec });
}

type Test = ReturnType<typeof startIn>;

/** Cuts the connection and has the client come back; returns what it asks to resume. */
function reconnect(test: Test) {
  test.server.socket.end();
  test.reconnect();
  return test.server.socket.sentOf("hello")[0]?.resume;
}

function valuesOf(subscription: Subscription) {
  const { times, series } = subscription.series.columns();
  const [load] = series;
  if (load?.kind !== "gauge") return [];
  return Array.from(times, (ms, k) => [ms / 1_000, load.last[k]] as const).filter(
    ([, value]) => !Number.isNaN(value),
  );
}

describe.each(codecs)("resuming, in %s", (codec) => {
  const start = () => startIn(codec);

  it("asks in hello from the tick of the last frame applied, in the lineage last given", () => {
    const test = start();
    test.live();
    test.watch(1, { select: "load", sinceMs: 60_000 });
    test.server.socket.say(keyframe(1, 100, { load: 1 }), chained(1, 100, 101, []), chained(1, 101, 102, []));
    expect(reconnect(test)).toEqual([
      { channel: "metrics", select: ["load"], sinceMs: 60_000, position: "v1.aaaa.102" },
    ]);
    const history = { from: 102, to: 104, step: 1 };
    test.server.socket.accept(9, { history, resume: { outcome: "complete" } }, "hello");
    expect(test.server.socket.sentOf("subscribe")).toEqual([]);
    test.server.socket.say(
      { ...keyframe(9, 104, { load: 1 }), position: "v1.a.b.104" },
      chained(9, 104, 105, []),
      { type: "block", view: 9, generation: 1, ...history, series: [{ id: 0, last: [1, 1] }] },
    );
    expect(reconnect(test)).toMatchObject([{ position: "v1.a.b.105" }]);
  });

  it("asks for nothing where there is nothing, and for no position where no frame came", () => {
    const test = start();
    test.live();
    expect(reconnect(test)).toBeUndefined();
    test.client.subscribe();
    test.flush();
    expect(reconnect(test)).toEqual([{ channel: "metrics" }]);
  });

  it("asks again for what blocks had not covered yet when the connection was cut", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1, {}, { history: { from: 80, to: 100, step: 10 } });
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    test.server.socket.say({
      type: "block",
      view: 1,
      generation: 1,
      from: 90,
      to: 100,
      step: 10,
      series: [{ id: 0, last: [4] }],
    });
    test.server.socket.say(chained(1, 100, 101, []));
    expect(reconnect(test)).toMatchObject([{ position: "v1.aaaa.80" }]);
    const history = { from: 80, to: 103, step: 1 };
    test.server.socket.accept(
      1,
      { resume: { outcome: "backfilled", ranges: [80, 103, 10] }, history },
      "hello",
    );
    test.server.socket.say(keyframe(1, 103, { load: 1 }));
    const last = Array.from({ length: 23 }, (_, k) => k);
    test.server.socket.say({ type: "block", view: 1, generation: 1, ...history, series: [{ id: 0, last }] });
    expect(subscription.series.gaps).toEqual([]);
    expect(valuesOf(subscription)).toEqual(last.map((value) => [81 + value, value]));
    expect(reconnect(test)).toMatchObject([{ position: "v1.aaaa.103" }]);
  });

  it.each([["epoch_changed"], ["expired"], ["unknown_position"]])(
    "declares a gap on a reset by %s",
    (reason) => {
      const test = start();
      test.live();
      const subscription = test.watch(1);
      const gaps: unknown[] = [];
      subscription.on("gap", (gap) => gaps.push(gap));
      test.server.socket.say(keyframe(1, 100, { load: 1 }));
      reconnect(test);
      test.server.socket.accept(
        1,
        { position: "v1.bbbb.200", resume: { outcome: "reset", reason } },
        "hello",
      );
      test.server.socket.say({ ...keyframe(1, 200, { load: 2 }), position: "v1.bbbb.200" });
      const gap = { fromMs: 100_000, toMs: 199_000, reason };
      expect(gaps).toEqual([gap]);
      expect(subscription.series.gaps).toEqual([gap]);
      expect(valuesOf(subscription)).toEqual([
        [100, 1],
        [200, 2],
      ]);
      expect(reconnect(test)).toMatchObject([{ position: "v1.bbbb.200" }]);
    },
  );

  it("declares on a reset only what history does not give again, and asks on for that", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1, { sinceMs: 60_000 });
    const gaps: unknown[] = [];
    subscription.on("gap", (gap) => gaps.push(gap));
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    reconnect(test);
    const history = { from: 180, to: 200, step: 10 };
    const resume = { outcome: "reset", reason: "epoch_changed" };
    test.server.socket.accept(1, { position: "v1.bbbb.200", resume, history }, "hello");
    test.server.socket.say({ ...keyframe(1, 200, { load: 2 }), position: "v1.bbbb.200" });
    const gap = { fromMs: 100_000, toMs: 180_000, reason: "epoch_changed" };
    expect(gaps).toEqual([gap]);
    expect(subscription.series.gaps).toEqual([gap, { fromMs: 180_000, toMs: 200_000, reason: "pending" }]);
    expect(reconnect(test)).toMatchObject([{ position: "v1.bbbb.180" }]);
  });

  it("keeps the points of a series that a restarted server does not give yet", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    test.server.socket.say(keyframe(1, 100, { load: 1, later: 5 }), chained(1, 100, 101, []));
    reconnect(test);
    test.server.socket.accept(2, { resume: { outcome: "reset", reason: "epoch_changed" } }, "hello");
    test.server.socket.say(keyframe(2, 110, { load: 3 }));
    expect(subscription.series.columns().series.map(({ key }) => key)).toEqual(["load", "later"]);
    expect([...subscription.series.latest().keys()]).toEqual(["load"]);
  });

  it("declares a reset that missed no tick too, and drops what is of a time that comes again", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const gaps: unknown[] = [];
    subscription.on("gap", (gap) => gaps.push(gap));
    test.server.socket.say(
      keyframe(1, 100, { load: 1 }),
      chained(1, 100, 101, [[0, 2]]),
      chained(1, 101, 102, [[0, 3]]),
    );
    reconnect(test);
    test.server.socket.accept(1, { resume: { outcome: "reset", reason: "ahead" } }, "hello");
    test.server.socket.say(keyframe(1, 101, { load: 9 }));
    expect(gaps).toEqual([{ fromMs: 102_000, toMs: 102_000, reason: "ahead" }]);
    expect(valuesOf(subscription)).toEqual([
      [100, 1],
      [101, 9],
    ]);
  });

  it("declares a gap where the server says nothing of the position", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    const gaps: unknown[] = [];
    subscription.on("gap", (gap) => gaps.push(gap));
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    reconnect(test);
    test.server.socket.accept(1, {}, "hello");
    test.server.socket.say(keyframe(1, 104, { load: 1 }));
    expect(gaps).toEqual([{ fromMs: 100_000, toMs: 103_000, reason: "not_resumed" }]);
  });

  it("forgets all when the interval is another one", () => {
    const test = start();
    test.live();
    const subscription = test.watch(1);
    test.server.socket.say(keyframe(1, 100, { load: 1 }));
    reconnect(test);
    test.server.socket.accept(
      1,
      { intervalMs: 2_000, resume: { outcome: "reset", reason: "epoch_changed" } },
      "hello",
    );
    test.server.socket.say(keyframe(1, 60, { load: 2 }));
    expect([...subscription.series.columns().times]).toEqual([120_000]);
    expect(subscription.series.gaps).toEqual([]);
  });

  it("tells a refusal of what hello takes up, and takes up the rest", () => {
    const test = start();
    test.live();
    const good = test.watch(1);
    const bad = test.watch(2, { channel: "gone" });
    const codes: string[] = [];
    bad.on("error", ({ code }) => codes.push(code));
    reconnect(test);
    test.server.socket.answer("hello", { type: "error", code: "forbidden", temporary: false, item: 1 });
    test.flush();
    expect(codes).toEqual(["forbidden"]);
    expect(test.server.socket.sentOf("subscribe")).toMatchObject([{ items: [{ channel: "metrics" }] }]);
    test.server.socket.accept(3);
    expect([good.state, bad.state]).toEqual(["live", "failed"]);
  });

  it("asks again in hello for what a connection took along before it was live", () => {
    const test = start();
    test.client.subscribe({ select: "load" });
    test.server.socket.open();
    test.server.socket.end();
    test.reconnect();
    expect(test.server.socket.sentOf("hello")).toMatchObject([{ resume: [{ select: ["load"] }] }]);
  });

  it("holds what the log holds since its last declared discontinuity, whatever is cut, lost or restarted", () => {
    const happening = fc.oneof(
      { weight: 6, arbitrary: fc.record({ tick: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 2, arbitrary: fc.constantFrom("lose" as const, "cut" as const) },
      { weight: 1, arbitrary: fc.constantFrom("restart" as const, "trim" as const) },
    );
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const model = new ModelServer(codec);
        for (const happens of happenings) model.act(happens);
        model.settle();
        expect(model.held()).toEqual(model.expected());
      }),
      { numRuns: lawRuns(300) },
    );
  });
});

/** A server with one gauge and its log, and one client that watches it. */
class ModelServer {
  readonly #test: Test;
  readonly #subscription: Subscription;
  #log: { tick: number; value: number }[] = [{ tick: 10, value: 0 }];
  #epoch = 1;
  #oldest = 0;
  /** Ticks at or before which the client need not hold anything. */
  #declaredMs = 0;
  #sent: number | undefined;
  #isLosing = false;
  readonly #answered = new Set<string>();

  constructor(codec: Codec) {
    this.#test = startIn(codec);
    this.#subscription = this.#test.client.subscribe();
    this.#subscription.on("gap", ({ toMs, reason }) => {
      if (reason !== "not_sampled") this.#declaredMs = toMs;
    });
    this.#test.live({ heartbeatMs: 120_000 });
    this.#serve();
  }

  act(happens: { readonly tick: number } | "lose" | "cut" | "restart" | "trim"): void {
    if (happens === "lose") this.#isLosing = true;
    else if (happens === "cut") this.#cut();
    else if (happens === "restart") {
      this.#epoch++;
      this.#oldest = this.#head().tick;
      this.#cut();
    } else if (happens === "trim") this.#oldest = this.#head().tick - 1;
    else this.#append(happens.tick);
  }

  /** Two more frames show a loss, and what follows heals it. */
  settle(): void {
    this.#append(1);
    this.#append(1);
  }

  held() {
    return valuesOf(this.#subscription).filter(([tick]) => tick * 1_000 > this.#declaredMs);
  }

  expected() {
    const known = this.#log.filter(({ tick }) => tick * 1_000 > this.#declaredMs);
    return known.map(({ tick, value }) => [tick, value] as const);
  }

  #head() {
    return this.#log.at(-1) ?? { tick: 0, value: 0 };
  }

  #append(ahead: number): void {
    const before = this.#head().tick;
    this.#log.push({ tick: before + ahead, value: this.#log.length });
    const isLost = this.#isLosing;
    this.#isLosing = false;
    if (this.#sent === before && !isLost) {
      this.#say(chained(1, before, before + ahead, [[0, this.#log.length - 1]]));
    }
    this.#sent = before + ahead;
    this.#test.clock.advance(20_000);
    this.#serve();
  }

  #cut(): void {
    this.#test.server.socket.end();
    this.#serve();
  }

  /** Takes up what is asked, by position where it reaches, after the client came back if it left. */
  #serve(): void {
    if (this.#test.client.state.name === "waiting") this.#test.comeBack();
    if (this.#test.client.state.name === "connecting") this.#test.live({ heartbeatMs: 120_000 });
    const { socket } = this.#test.server;
    const asked = [
      ...socket.sentOf("hello").map(({ id, resume }) => ({ id, items: resume ?? [] })),
      ...socket.sentOf("subscribe"),
    ];
    const last = asked.at(-1);
    const key = `${this.#test.server.sockets.length}.${last?.id}`;
    if (last?.id === undefined || this.#answered.has(key)) return;
    this.#answered.add(key);
    const position = last.items[0]?.position;
    const { tick, value } = this.#head();
    const [, epoch, number] = position?.split(".") ?? [];
    const from = Number(number);
    const isReset = position !== undefined && (epoch !== `e${this.#epoch}` || from < this.#oldest);
    const resume = isReset ? { outcome: "reset", reason: "expired" } : { outcome: "complete" };
    const history =
      position !== undefined && !isReset && from < tick ? { from, to: tick, step: 1 } : undefined;
    const item = {
      view: 1,
      channel: "metrics",
      kind: "metrics",
      select: [],
      merge: "cluster",
      intervalMs: 1_000,
      stepTicks: 1,
    };
    const fields = {
      position: `v1.e${this.#epoch}.${tick}`,
      ...(position && { resume }),
      ...(history && { history }),
    };
    this.#say({ type: "subscribed", id: last.id, items: [{ ...item, ...fields }] });
    this.#say({ ...keyframe(1, tick, { load: value }), position: `v1.e${this.#epoch}.${tick}` });
    this.#sent = tick;
    if (!history) return;
    const byTick = new Map(this.#log.map((entry) => [entry.tick, entry.value]));
    const values = Array.from({ length: tick - from }, (_, k) => byTick.get(from + k + 1) ?? null);
    this.#say({ type: "block", view: 1, generation: 1, ...history, series: [{ id: 0, last: values }] });
  }

  #say(message: object): void {
    this.#test.server.socket.say(message);
  }
}
