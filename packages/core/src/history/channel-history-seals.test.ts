import type { Block } from "@metricast/protocol";
import { describe, expect, it } from "vitest";
import type { SealedBlock } from "./sealed.js";
import { readSealed } from "./sealed-bytes.js";
import { familyOf } from "./testing/family.js";
import { differences } from "./testing/naive-model.js";
import { setUp } from "./testing/set-up.js";
import { type Cell, counter, gauge, noise, TestFeed } from "./testing/test-feed.js";

/** The block with its series in the order of the feed: history takes them in as they appear. */
function inOrder(feed: TestFeed, block: Block): Block {
  const series = feed.series.flatMap(({ info }) => block.series.find((one) => one.info === info) ?? []);
  expect(series).toHaveLength(feed.series.length);
  return { ...block, series };
}

describe("a segment that is being packed", () => {
  const { infos, cells } = familyOf(119 * 8 + 4);
  const rowsOf = (tick: number): readonly Cell[] => cells[tick % cells.length] ?? [];

  it("answers at every tick as if it was not", () => {
    const feed = new TestFeed(infos, 1);
    const sealedAt: [toTick: number, atTick: number][] = [];
    let tick = 1;
    const onSeal = ({ toTick, stepTicks }: SealedBlock): void => {
      if (stepTicks === 1) sealedAt.push([toTick, tick]);
    };
    const { append, query } = setUp(feed, { onSeal });
    for (; tick <= 400; tick += 1) {
      append(tick, ...rowsOf(tick));
      if (tick < 115 || tick % 120 > 50) continue;
      const block = query(tick - 70, tick, 1 + (tick % 7));
      expect(differences(feed, feed.series, block)).toEqual([]);
    }
    expect(sealedAt.map(([toTick]) => toTick)).toEqual([120, 240, 360]);
    // Neither at once nor only with the next segment.
    for (const [toTick, atTick] of sealedAt) {
      expect(atTick).toBeGreaterThan(toTick + 1);
      expect(atTick).toBeLessThanOrEqual(toTick + 42);
    }
  });

  it("is packed at once and handed out when history closes", () => {
    const feed = new TestFeed([gauge("g"), ...infos], 1);
    const sealed: SealedBlock[] = [];
    const { append, history } = setUp(feed, { onSeal: (block) => sealed.push(block) });
    for (let tick = 1; tick <= 122; tick += 1) append(tick, tick, ...rowsOf(tick));
    expect(sealed).toEqual([]);
    history.close();
    expect(sealed.map(({ toTick }) => toTick)).toContain(120);
    for (const block of sealed)
      expect(differences(feed, feed.series, inOrder(feed, block.read()))).toEqual([]);
  });

  it("is packed at once where its memory is needed", () => {
    const feed = new TestFeed(Array.from({ length: 200 }, (_, index) => gauge(`g${index}`)));
    const { append, budget, history } = setUp(feed, { limitBytes: 700_000 });
    for (let tick = 1; tick <= 122; tick += 1) append(tick, ...feed.series.map(({ index }) => tick + index));
    const before = history.bytes;
    const evictions = budget.evictions;
    expect(budget.tryTake(budget.limitBytes - before + 1)).toBe(true);
    expect(history.bytes).toBeLessThan(before / 2);
    expect([budget.evictions, history.oldestTick(1)]).toEqual([evictions, 1]);
  });
});

describe("the finest tier", () => {
  /** 100 series without a pattern, at a second a tick, for two hours. */
  function fill(limitBytes: number) {
    const feed = new TestFeed(
      Array.from({ length: 100 }, (_, at) => (at % 3 ? gauge(`g${at}`) : counter(`c${at}`))),
    );
    const sealed: SealedBlock[] = [];
    const all = setUp(feed, { limitBytes, onSeal: (block) => sealed.push(block) });
    for (let tick = 1; tick <= 7_200; tick += 1) {
      all.append(
        tick,
        ...feed.series.map(({ index }) => noise(tick, index) + (index % 3 ? 0 : tick * 2_000)),
      );
    }
    return { feed, sealed, ...all };
  }

  it("is not made while all ticks have room", () => {
    const { sealed, history } = fill(8_000_000);
    expect(sealed.some(({ stepTicks }) => stepTicks === 10)).toBe(false);
    expect(history.oldestTick(10)).toBe(1);
  });

  it("is made of ticks that go, without a gap, and goes on where they begin", () => {
    const { feed, sealed, history } = fill(800_000);
    const [raw = 0, ten = 0] = [1, 10].map((step) => history.oldestTick(step));
    expect(raw).toBeGreaterThan(ten + 600);
    const fromTick = Math.ceil(ten / 10) * 10;
    const block = history.query({ series: feed.series, fromTick, toTick: 7_200, stepTicks: 10 });
    expect(block.series[5]?.count.every((count) => count === 10)).toBe(true);
    expect(differences(feed, feed.series, block)).toEqual([]);
    const ends = sealed.filter(({ stepTicks }) => stepTicks === 10);
    expect(ends.length).toBeGreaterThan(5);
    for (const [at, { fromTick: begin }] of ends.entries()) {
      if (at > 0) expect(begin).toBe(ends[at - 1]?.toTick);
    }
  });

  it("begins anew where ticks were lost, and answers nothing for those", () => {
    const feed = new TestFeed(Array.from({ length: 30 }, (_, at) => gauge(`g${at}`)));
    const { append, budget, history, query } = setUp(feed, { limitBytes: 150_000 });
    const fillTo = (from: number, to: number): void => {
      for (let tick = from; tick <= to; tick += 1) {
        append(tick, ...feed.series.map(({ index }) => noise(tick, index)));
      }
    };
    fillTo(1, 1_500);
    expect(history.oldestTick(10)).toBeLessThan((history.oldestTick(1) ?? 0) - 100);
    // Somebody else takes everything for a while.
    budget.take(budget.limitBytes);
    fillTo(1_501, 1_700);
    budget.give(budget.limitBytes);
    fillTo(1_701, 6_000);
    const oldest = history.oldestTick(10) ?? 0;
    expect(oldest).toBeGreaterThan(1_700);
    expect(oldest).toBeLessThan((history.oldestTick(1) ?? 0) - 100);
    const fromTick = Math.ceil((oldest - 1) / 10) * 10;
    expect(differences(feed, feed.series, query(fromTick, 6_000, 10))).toEqual([]);
  });
});

describe("sealed blocks", () => {
  function sealedOf() {
    const { infos, cells } = familyOf(7 + 8 * 100);
    const feed = new TestFeed([...infos, { ...gauge("help"), help: "with words", labels: { a: "ü" } }], 1);
    const sealed: SealedBlock[] = [];
    const { append, history } = setUp(feed, { onSeal: (block) => sealed.push(block), retentionTicks: 6_000 });
    for (let tick = 1; tick <= 1_500; tick += 1) {
      if (tick % 50 !== 0) append(tick, ...(cells[tick % cells.length] ?? []), tick);
    }
    history.close();
    return sealed;
  }

  it("are the same block as bytes, which are made once", () => {
    const sealed = sealedOf();
    expect(new Set(sealed.map(({ stepTicks }) => stepTicks))).toEqual(new Set([1, 60]));
    for (const block of sealed) {
      expect(block.bytes).toBe(block.bytes);
      expect(readSealed(block.bytes)).toEqual(block.read());
    }
  });

  it("are refused where they are cut short, of another version, or nonsense", () => {
    const [{ bytes } = { bytes: new Uint8Array() }] = sealedOf();
    expect(() => readSealed(bytes.subarray(0, bytes.length - 1))).toThrow();
    expect(() => readSealed(Uint8Array.of(9, ...bytes.subarray(1)))).toThrow();
    expect(() => readSealed(new Uint8Array())).toThrow();
    expect(() => readSealed(new Uint8Array(64))).toThrow();
  });

  it("end with an error or a block whatever bits are turned", () => {
    const [{ bytes } = { bytes: new Uint8Array() }] = sealedOf();
    let read = 0;
    for (let at = 0; at < 400; at += 1) {
      const turned = bytes.slice();
      const place = Math.floor((at / 400) * bytes.length);
      turned[place] = (turned[place] ?? 0) ^ (1 << (at % 8));
      try {
        readSealed(turned);
        read += 1;
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    expect(read).toBeGreaterThan(0);
  });
});
