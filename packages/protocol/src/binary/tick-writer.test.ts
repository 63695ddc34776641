import { type Cell as ContractCell, codecContract } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WireSeries } from "../wire-values.js";
import { hostile, play } from "./testing/hostile-rows.js";
import { chanceOf, streamNames, streamOf } from "./testing/number-streams.js";
import { WireModel } from "./testing/wire-model.js";
import { type Cell, isLive, type Row, StagedView, WireStage } from "./testing/wire-stage.js";

const everything = () => new StagedView(() => true);
const gauges = (count: number, from = 0): WireSeries[] =>
  Array.from({ length: count }, (_, k) => ({ name: "g", labels: { k: String(from + k) } }));

// The contract has one number a series, and one cause.
codecContract("metricast.v1.bin frames", {
  encode(rows) {
    const stage = new WireStage();
    const view = everything();
    stage.add(...gauges(rows[0]?.length ?? 0));
    return rows.map((row, at) => {
      stage.advance(row.map((cell) => cellOf(cell)));
      return at === 0 ? stage.keyframe(view) : stage.frame(view);
    });
  },
  decode(messages) {
    const model = new WireModel();
    return messages.map((message) => {
      model.take(message);
      return model.cells.map((cell): ContractCell => {
        if (cell === "absent") return cell;
        return isLive(cell) ? (cell[0] ?? Number.NaN) : "stale";
      });
    });
  },
});

function cellOf(cell: ContractCell): Cell {
  if (cell === "absent") return cell;
  return cell === "stale" ? { stale: "failed" } : [cell];
}

function expectCells(cells: readonly Cell[], row: Row, what: string): void {
  const wrong = row.findIndex((cell, k) => !isEqual(cell, cells[k]));
  if (wrong >= 0) expect(cells[wrong], `series ${wrong} of ${what}`).toStrictEqual(row[wrong]);
  expect(cells.length, what).toBe(row.length);
}

function isEqual(a: Cell, b: Cell | undefined): boolean {
  if (!isLive(a) || !isLive(b)) return JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.every((value, slot) => Object.is(value, b[slot]));
}

describe("frames", () => {
  test("give every number of hostile series of 64 slots over 3,000 ticks", () => {
    const chance = chanceOf(1);
    const takes = Array.from({ length: 64 }, (_, k) =>
      streamOf(streamNames[k % streamNames.length] ?? "", chance),
    );
    const rows = Array.from({ length: 3_000 }, () => takes.map((take) => [take()]));
    const view = everything();
    const model = new WireModel();
    play({ stepTicks: 1, entries: gauges(64), rows }, (stage, row, at) => {
      model.take(at === 0 ? stage.keyframe(view) : stage.frame(view));
      expectCells(model.cells, row, `row ${at}`);
    });
  });

  test("give series that go, fail, come back and are new", () => {
    const view = everything();
    const model = new WireModel();
    const staged = hostile(2, 600, 60);
    play(staged, (stage, row, at) => {
      model.take(at === 0 ? stage.keyframe(view) : stage.frame(view));
      expectCells(model.cells, row, `row ${at}`);
    });
    expect(model.entries).toStrictEqual(staged.entries);
  });

  test("begin anywhere: who joins by a keyframe reads on like those who were there", () => {
    const view = everything();
    const readers: WireModel[] = [];
    let first: WireModel | undefined;
    play(hostile(3, 200, 30, 0.2), (stage, row, at) => {
      const frame = at === 0 ? undefined : stage.frame(view);
      for (const model of readers) if (frame) model.take(frame);
      const joiner = new WireModel();
      joiner.take(stage.keyframe(view));
      first ??= joiner;
      readers.push(joiner);
      for (const [born, model] of readers.entries()) {
        expectCells(model.cells, row, `row ${at}, joined at ${born}`);
        expect(model.tick).toBe(stage.tick);
      }
      // Not only the same row: of a chain frame the same words.
      if (frame) expect(readers.at(-2)?.last).toStrictEqual(first.last);
    });
    expect(readers).toHaveLength(200);
  });

  test("are masks: a view of any series gives what the whole gives of them", () => {
    const chance = chanceOf(4);
    const shares = [0, 0.02, 0.05, 0.1, 0.3, 0.5, 0.9, 1];
    const views = shares.map((share) => {
      const held = Array.from({ length: 200 }, () => chance() < share);
      return { view: new StagedView((index) => held[index] ?? false), model: new WireModel() };
    });
    play(hostile(5, 150, 200, 0.05), (stage, row, at) => {
      for (const { view, model } of views) {
        model.take(at === 0 ? stage.keyframe(view) : stage.frame(view));
        const wanted = row.filter((_, index) => view.holds(index));
        expectCells(model.cells, wanted, `row ${at} of ${view.members.length} series`);
      }
    });
    const sizes = views.map(({ view }) => view.members.length);
    expect([sizes[0], sizes.at(-1)]).toEqual([0, 200]);
    expect(sizes.slice(1).every((size, k) => size > (sizes[k] ?? 0))).toBe(true);
  });

  test("hold for any rows of any series", () => {
    const runs = fc.record({
      seed: fc.nat(),
      ticks: fc.integer({ min: 1, max: 12 }),
      width: fc.nat({ max: 12 }),
    });
    fc.assert(
      fc.property(runs, fc.array(fc.boolean(), { maxLength: 12 }), ({ seed, ticks, width }, held) => {
        const view = new StagedView((index) => held[index] ?? true);
        const model = new WireModel();
        play(hostile(seed, ticks, width, 0.3), (stage, row, at) => {
          model.take(at % 5 === 0 ? stage.keyframe(view) : stage.frame(view));
          expectCells(
            model.cells,
            row.filter((_, index) => view.holds(index)),
            `row ${at}`,
          );
        });
      }),
      { numRuns: 300 },
    );
  });

  test("tell another cause of what is stale already", () => {
    const stage = new WireStage();
    const view = everything();
    const model = new WireModel();
    stage.add(...gauges(1));
    stage.advance([{ stale: "failed" }]);
    model.take(stage.keyframe(view));
    stage.advance([{ stale: "timeout" }]);
    model.take(stage.frame(view));
    expect(model.cells).toStrictEqual([{ stale: "timeout" }]);
  });

  test("name a series that is told although nothing of it moved", () => {
    const stage = new WireStage();
    const view = everything();
    const model = new WireModel();
    stage.add(...gauges(3), { name: "h", kind: "histogram", bounds: [1] });
    const row: Row = [[1], [0.1], [1 / 3], [1, 2, 3]];
    stage.advance(row);
    model.take(stage.keyframe(view));
    stage.advance(row, 1, [0, 1, 2, 3]);
    model.take(stage.frame(view));
    expect(model.last).toMatchObject({ i: [0, 1, 1, 1], v: [1, 0.1, 1 / 3, []] });
    expectCells(model.cells, row, "the same row");
  });
});

describe("frames of several ticks", () => {
  const entries: WireSeries[] = [
    { name: "gauge" },
    { name: "counter", kind: "counter" },
    { name: "h", kind: "histogram", bounds: [1] },
  ];

  test("give points: of all slots, also where one of them moved, to whoever joins when", () => {
    const view = everything();
    const models: WireModel[] = [];
    play(hostile(6, 200, 30, 0.1, 10), (stage, row, at) => {
      const frame = stage.frame(view);
      for (const model of models) model.take(frame);
      if (at % 20 === 0) {
        models.push(new WireModel(10));
        models.at(-1)?.take(stage.keyframe(view));
      }
      for (const model of models) expectCells(model.cells, row, `row ${at}`);
    });
    expect(models).toHaveLength(10);
  });

  test("have an increase that is not known as null", () => {
    const stage = new WireStage(10);
    const model = new WireModel(10);
    stage.add(...entries);
    stage.advance(
      [
        [1, 1, 1, 10, 10],
        [5, Number.NaN],
        [1, 2, 3, Number.NaN, 2, 3],
      ],
      10,
    );
    model.take(stage.keyframe(everything()));
    expect(model.last?.v).toStrictEqual([
      [1, 1, 1, 10, 10],
      [5, null],
      { slots: [0, 1, 1, 2, 2, 3], increase: [0, null, 1, 2, 2, 3] },
    ]);
  });
});
