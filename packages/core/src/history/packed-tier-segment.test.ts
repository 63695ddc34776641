import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DerivedBuckets } from "./derived-buckets.js";
import { PackedTierSegment } from "./packed-tier-segment.js";
import { PointReader } from "./point-reader.js";
import { gaugeColumn } from "./rollup.js";
import { familyOf } from "./testing/family.js";
import { gauge, TestFeed } from "./testing/test-feed.js";
import { packed, TickRows } from "./testing/tick-rows.js";
import { TierCursor } from "./tier-cursor.js";
import { TierPacker } from "./tier-packer.js";
import type { TierSegment } from "./tier-segment.js";

function packedTier(buckets: TierSegment, stepTicks: number, cursor = new TierCursor()): PackedTierSegment {
  return new PackedTierSegment(new TierPacker(buckets, stepTicks).finish(), cursor);
}

/** All that a reader can see of one series, one text per slot. */
function textsOf(segment: TierSegment, at: number): string[] {
  const { rows } = segment;
  const series = segment.layout.series[at];
  const counts = new Float64Array(rows);
  segment.readCounts(at, counts);
  const column = gaugeColumn(rows);
  const counter = { last: new Float64Array(rows), total: new Float64Array(rows) };
  const shown = (columns: readonly Float64Array[]): string =>
    Array.from(counts, (count, row) =>
      count === 0 ? "-" : [count, ...columns.map((one) => exact(one[row] ?? 0))].join("/"),
    ).join(" ");
  return Array.from({ length: series?.width ?? 0 }, (_, slot) => {
    if (series?.info.kind === "gauge") {
      segment.readGauge(at, column);
      return shown([column.last, column.min, column.max, column.sum]);
    }
    segment.readCounter(at, slot, counter);
    return `${exact(segment.totalBefore(at, slot))}: ${shown([counter.last, counter.total])}`;
  });
}

function exact(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

describe("buckets, packed", () => {
  it("are what they were, in whatever order they are read", () => {
    const steps = fc.constantFrom(1, 4, 12, 60);
    fc.assert(
      fc.property(fc.nat(1_000_000), steps, fc.constantFrom(1, 0.1, 1e9), (seed, stepTicks, unit) => {
        const { infos, cells } = familyOf(seed);
        const scaled = cells.map((row) => row.map((cell) => (typeof cell === "number" ? cell * unit : cell)));
        const rows = new TickRows(new TestFeed(infos, 1_000), 1_000);
        const raw = [rows.segment(scaled), rows.segment(scaled)].map((segment) => packed(segment));
        const fromTick = Math.floor(999 / stepTicks) * stepTicks;
        const toTick = Math.floor((raw[1]?.lastEnd ?? 0) / stepTicks) * stepTicks;
        if (toTick <= fromTick) return;
        const range = { fromTick, toTick, stepTicks };
        const buckets = new DerivedBuckets(raw, range, new PointReader());
        const form = packedTier(buckets, stepTicks);
        const { firstEnd, lastEnd } = form;
        expect([firstEnd, lastEnd, ...form.ends()]).toEqual([
          fromTick + stepTicks,
          toTick,
          ...buckets.ends(),
        ]);
        const places = infos.map((_, at) => at);
        for (const at of [...places, ...places.toReversed()])
          expect(textsOf(form, at)).toEqual(textsOf(buckets, at));
      }),
      { numRuns: 100 },
    );
  });

  it("take next to nothing where a gauge stays", () => {
    const sizeOf = (valueAt: (row: number) => number): number => {
      const rows = new TickRows(new TestFeed([gauge("g")], 1_001));
      const segment = rows.segment(Array.from({ length: 120 }, (_, row) => [valueAt(row)]));
      const range = { fromTick: 1_000, toTick: 1_120, stepTicks: 4 };
      return packedTier(new DerivedBuckets([segment], range, new PointReader()), 4).packed.length;
    };
    expect(sizeOf(() => 17)).toBeLessThan(12);
    expect(sizeOf((row) => row)).toBeGreaterThan(24);
  });
});
