import { loadTrace, traceNames } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RawCursor } from "./raw-cursor.js";
import type { RawSegment } from "./raw-segment.js";
import { familyOf, oddNumbers } from "./testing/family.js";
import { type Cell, counter, gauge, noise, TestFeed } from "./testing/test-feed.js";
import { packed, slotText, TickRows } from "./testing/tick-rows.js";

/** Places that differ between two forms of one segment; empty where none do. */
function differing(a: RawSegment, b: RawSegment): string[] {
  const found: string[] = [];
  for (const [at, series] of a.layout.series.slice(0, a.seriesCount).entries()) {
    for (let slot = 0; slot < series.width; slot += 1) {
      const [one, other] = [slotText(a, at, slot), slotText(b, at, slot)];
      if (one !== other) found.push(`${series.info.name}[${slot}]\n${one}\n${other}`);
    }
  }
  return found.slice(0, 3);
}

describe.each(traceNames)("the trace %s, packed", (name) => {
  const trace = loadTrace(name);
  const rows = new TickRows(new TestFeed(trace.series, 1_001));
  const segments: RawSegment[] = [];
  for (let from = 0; from < trace.rows.length; from += 120) {
    const cells = trace.rows.slice(from, from + 120).map((row, index) =>
      row.map((cell, at): Cell => {
        const place = (from + index) * 31 + at * 17;
        if (cell === null) return place % 3 === 0 ? "stale" : "absent";
        return place % 997 === 0 ? (oddNumbers[place % oddNumbers.length] ?? cell) : cell;
      }),
    );
    segments.push(rows.segment(cells));
  }

  it("is what it was, bit by bit", () => {
    for (const segment of segments) {
      const form = packed(segment);
      expect(differing(segment, form)).toEqual([]);
      const { rows: count, firstEnd, lastEnd, seriesCount } = form;
      expect([count, firstEnd, lastEnd, seriesCount]).toEqual([
        segment.rows,
        segment.firstEnd,
        segment.lastEnd,
        segment.seriesCount,
      ]);
      expect([...form.ends()]).toEqual([...segment.ends().slice(0, segment.rows)]);
    }
  });

  it("is the same in whatever order it is read", () => {
    const cursor = new RawCursor();
    const forms = segments.map((segment) => packed(segment, cursor));
    const { series } = forms[0]?.layout ?? { series: [] };
    for (let step = 0; step < 2_000; step += 1) {
      const which = Math.abs(noise(step, 1)) % forms.length;
      const at = Math.abs(noise(step, 2)) % series.length;
      const [form, segment] = [forms[which], segments[which]];
      if (form === undefined || segment === undefined) throw new Error("no segment");
      expect(slotText(form, at, 0)).toBe(slotText(segment, at, 0));
    }
  });
});

describe("columns of a packed segment", () => {
  it("are exact whatever they are linked to, also where series join in between", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(3), fc.nat(119), (seed, late, joinRow) => {
        const { infos, cells } = familyOf(seed);
        const early = Math.max(0, infos.length - late);
        const feed = new TestFeed(infos.slice(0, early), 1_001);
        const rows = new TickRows(feed);
        const first = rows.segment(cells, {
          beforeRow: (row) => {
            if (row !== Math.min(joinRow, cells.length - 1)) return;
            for (const info of infos.slice(early)) feed.add(info, 1_001 + row);
          },
        });
        rows.pass(late);
        const cursor = new RawCursor();
        for (const segment of [first, rows.segment(cells, { pageRows: 7 })]) {
          const form = packed(segment, cursor);
          expect(form.seriesCount).toBe(infos.length);
          expect(differing(segment, form)).toEqual([]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("say which ticks there are where some are missing", () => {
    const feed = new TestFeed([gauge("g")]);
    const rows = new TickRows(feed);
    const segment = rows.segment([[1], [2]]);
    Object.assign(segment.ends(), { 1: 1_005 });
    const form = packed(segment);
    expect([form.firstEnd, form.lastEnd, [...form.ends()]]).toEqual([1_001, 1_005, [1_001, 1_005]]);
  });

  it("of series that joined after the last row are not there", () => {
    const feed = new TestFeed([gauge("g")]);
    const form = packed(new TickRows(feed).segment([[1], [2]]));
    const late = feed.add(counter("late"), 1_003);
    form.layout.add(late);
    expect(form.locate(late)).toBe(-1);
  });

  it("take less where cumulative buckets stand side by side than where they do not", () => {
    const width = 13;
    const sizeOf = (places: readonly number[]): number => {
      const feed = new TestFeed(places.map((at) => counter(`b${at}`)));
      const totals = new Float64Array(width);
      const cells = Array.from({ length: 120 }, (_, row) => {
        let grown = 0;
        const values = Array.from(totals, (total, at) => {
          grown += Math.abs(noise(row, at)) % 30;
          totals[at] = total + grown;
          return total;
        });
        return places.map((at) => values[at] ?? noise(row, at));
      });
      return packed(new TickRows(feed).segment(cells)).packed.length;
    };
    const buckets = Array.from({ length: width }, (_, at) => at);
    // Two other series between any two of them.
    const apart = buckets.flatMap((at) => [at, 100 + at, 200 + at]);
    const alone = buckets.flatMap((at) => [100 + at, 200 + at]);
    const [linked, unlinked] = [sizeOf(buckets), sizeOf(apart) - sizeOf(alone)];
    expect(linked).toBeLessThan(unlinked * 0.85);
  });
});
