import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryBudget } from "./budget.js";
import { ChannelHistory } from "./channel-history.js";
import { differences } from "./testing/naive-model.js";
import { type Cell, counter, gauge, histogram, TestFeed } from "./testing/test-feed.js";

/** A repeatable stream of fractions: a run is shrunk by its parameters, not cell by cell. */
function fractions(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Run {
  seed: number;
  ticks: number;
  firstTick: number;
  series: number;
  gaps: number;
  holes: number;
  resets: number;
  odd: number;
  births: number;
}

const run = fc.record<Run>({
  seed: fc.integer(),
  ticks: fc.integer({ min: 1, max: 500 }),
  firstTick: fc.integer({ min: 1, max: 10_000 }),
  series: fc.integer({ min: 1, max: 5 }),
  gaps: fc.constantFrom(0, 0.02, 0.3),
  holes: fc.constantFrom(0, 0.05, 0.6),
  resets: fc.constantFrom(0, 0.05),
  odd: fc.constantFrom(0, 0.1, 0.7),
  births: fc.constantFrom(0, 0.03),
});

class Writer {
  readonly feed = new TestFeed();
  readonly #run: Run;
  readonly #next: () => number;
  readonly #counters: number[] = [];
  #tick: number;

  constructor(parameters: Run) {
    this.#run = parameters;
    this.#next = fractions(parameters.seed);
    this.#tick = parameters.firstTick - 1;
    for (let index = 0; index < parameters.series; index += 1) this.#bear(parameters.firstTick);
  }

  write(history: ChannelHistory): number {
    const next = this.#next;
    this.#tick += next() < this.#run.gaps ? 1 + Math.floor(next() * 40) : 1;
    if (next() < this.#run.births && this.feed.series.length < 25) this.#bear(this.#tick);
    const cells = this.feed.series.map((series): Cell => {
      if (next() < this.#run.holes) return next() < 0.5 ? "absent" : "stale";
      return series.info.kind === "histogram"
        ? Array.from({ length: series.width }, (_, slot) => this.#count(series.slot + slot))
        : series.info.kind === "counter"
          ? this.#count(series.slot)
          : this.#measure();
    });
    history.append(this.feed.batch(this.#tick, cells));
    return this.#tick;
  }

  #bear(tick: number): void {
    const index = this.feed.series.length;
    const kinds = [gauge(`g${index}`), counter(`c${index}`), histogram(`h${index}`, [1])];
    this.feed.add(kinds[index % kinds.length] ?? gauge("g"), tick);
  }

  #measure(): number {
    const odd = [Number.NaN, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    if (this.#next() < this.#run.odd) return odd[Math.floor(this.#next() * odd.length)] ?? 0;
    return Math.floor(this.#next() * 2_000) - 1_000;
  }

  #count(slot: number): number {
    if (this.#next() < this.#run.odd / 4) return this.#next() < 0.5 ? Number.NaN : Number.POSITIVE_INFINITY;
    const held = this.#next() < this.#run.resets ? 0 : (this.#counters[slot] ?? 0);
    this.#counters[slot] = held + Math.floor(this.#next() * 10);
    return this.#counters[slot];
  }
}

function historyOf(limitBytes: number, retentionTicks = 10_000) {
  const budget = new MemoryBudget(limitBytes);
  const options = { intervalMs: 1_000, retentionMs: retentionTicks * 1_000, tierSteps: [12, 24, 72], budget };
  return { budget, history: new ChannelHistory(options) };
}

const same = (a: number, b: number): boolean => Object.is(a, b) || a === b;

describe("a history", () => {
  it("answers every query as the naive model does", () => {
    const query = fc.record({
      from: fc.nat(600),
      length: fc.integer({ min: 1, max: 600 }),
      step: fc.integer({ min: 1, max: 80 }),
    });
    fc.assert(
      fc.property(run, fc.array(query, { minLength: 1, maxLength: 4 }), (parameters, queries) => {
        const { history } = historyOf(64 * 1_048_576);
        const writer = new Writer(parameters);
        for (let count = 0; count < parameters.ticks; count += 1) writer.write(history);
        const { series } = writer.feed;
        for (const { from, length, step } of queries) {
          // Once where the range lies, once where tiers can serve it.
          for (const stepTicks of [step, Math.ceil(step / 12) * 12]) {
            const start = parameters.firstTick - 20 + from;
            const fromTick = stepTicks === step ? start : Math.floor(start / stepTicks) * stepTicks;
            const block = history.query({ series, fromTick, toTick: fromTick + length, stepTicks });
            expect(differences(writer.feed, series, block, same)).toEqual([]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  /** Appends a run and checks all that is still answered; whether the finest tier reaches further back than ticks. */
  function holds(parameters: Run, limit: number, retention: number): boolean {
    const { history, budget } = historyOf(limit, retention);
    const writer = new Writer(parameters);
    let head = 0;
    for (let count = 0; count < parameters.ticks; count += 1) {
      head = writer.write(history);
      if (budget.usedBytes > limit) throw new Error(`${budget.usedBytes} bytes of ${limit} at ${head}`);
    }
    expect(history.bytes).toBe(budget.usedBytes);
    // What found no room at its birth is not recorded.
    if (history.refusals > 0) return false;
    const { series } = writer.feed;
    for (const stepTicks of [1, 12, 24, 72]) {
      const oldest = history.oldestTick(stepTicks);
      if (oldest === undefined) continue;
      const fromTick = Math.ceil((oldest - 1) / stepTicks) * stepTicks;
      if (fromTick >= head) continue;
      const block = history.query({ series, fromTick, toTick: head, stepTicks });
      expect(differences(writer.feed, series, block, same)).toEqual([]);
    }
    const [rawFrom = 0, finestFrom = 0] = [1, 12].map((step) => history.oldestTick(step));
    history.close();
    expect(budget.usedBytes).toBe(0);
    return finestFrom < rawFrom;
  }

  it("never takes more memory than its budget, and stays right where it still answers", () => {
    const [limit, retention] = [
      fc.integer({ min: 36_000, max: 76_000 }),
      fc.integer({ min: 60, max: 2_000 }),
    ];
    fc.assert(
      fc.property(run, limit, retention, (parameters, limitBytes, retentionTicks) => {
        holds(parameters, limitBytes, retentionTicks);
      }),
      { numRuns: 60 },
    );
  });

  it("does so where ticks have to give way to the finest tier", () => {
    let given = 0;
    const long = run.map((parameters) => ({ ...parameters, ticks: 1_000, births: 0 }));
    fc.assert(
      fc.property(long, fc.integer({ min: 80, max: 95 }), (parameters, percent) => {
        const { history } = historyOf(64 * 1_048_576);
        const writer = new Writer(parameters);
        for (let count = 0; count < parameters.ticks; count += 1) writer.write(history);
        if (holds(parameters, Math.floor((history.bytes * percent) / 100), 10_000)) given += 1;
      }),
      { numRuns: 40 },
    );
    expect(given).toBeGreaterThan(4);
  });
});
