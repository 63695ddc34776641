import { describe, expect, test } from "vitest";
import type { Block } from "../block.js";
import type { SeriesInfo } from "../series.js";
import { readBlock } from "./block-reader.js";
import { BlockWriter } from "./block-writer.js";
import { binaryKinds, parseBinary } from "./message.js";
import { anyBlock } from "./testing/any-block.js";
import { meaningOf } from "./testing/block-meaning.js";
import { chanceOf } from "./testing/number-streams.js";

const writer = new BlockWriter();
const address = { view: 5, generation: 2 };

function read(bytes: Uint8Array, infos: readonly SeriesInfo[] = []): Block {
  return readBlock(parseBinary(bytes), (id) => infos[id]);
}

describe("a block as bits", () => {
  test("is the same block, with every series described", () => {
    const chance = chanceOf(31);
    for (let run = 0; run < 300; run += 1) {
      const block = anyBlock(chance);
      expect(meaningOf(read(writer.message(block, address, () => -1)))).toStrictEqual(meaningOf(block));
    }
  });

  test("is the same with ids of a dictionary, and some described: named ones first", () => {
    const chance = chanceOf(32);
    for (let run = 0; run < 300; run += 1) {
      const block = anyBlock(chance);
      const isNamed = block.series.map(() => chance() < 0.7);
      // Ids with others between them.
      const idAt = block.series.map((_, k) => (isNamed[k] ? 3 * k + 1 : -1));
      const message = writer.message(block, address, (series) => idAt[block.series.indexOf(series)] ?? -1);
      const infos = Array.from({ length: 20 }, (_, id) => block.series[(id - 1) / 3]?.info);
      const named = block.series.filter((_, k) => isNamed[k]);
      const described = block.series.filter((_, k) => !isNamed[k]);
      const decoded = readBlock(parseBinary(message), (id) => infos[id]);
      expect(meaningOf(decoded)).toStrictEqual(meaningOf({ ...block, series: [...named, ...described] }));
    }
  });

  test("whose last byte is missing is none", () => {
    const chance = chanceOf(33);
    for (let run = 0; run < 100; run += 1) {
      const bytes = writer.message(anyBlock(chance), address, () => -1);
      expect(() => read(bytes.subarray(0, -1))).toThrow(TypeError);
    }
  });

  test("of ids in any order is written in theirs", () => {
    const block = blockOf(["a", "b", "c"]);
    const ids = [7, 2, 5];
    const message = writer.message(block, address, (series) => ids[block.series.indexOf(series)] ?? -1);
    const infos = new Map(ids.map((id, k) => [id, block.series[k]?.info]));
    const decoded = readBlock(parseBinary(message), (id) => infos.get(id));
    expect(decoded.series.map(({ info, columns: [column] }) => [info.name, column?.last[0]])).toEqual([
      ["b", 1],
      ["c", 2],
      ["a", 0],
    ]);
  });

  test("says whose it is", () => {
    const { kind, view, head } = parseBinary(writer.message(blockOf(["a"]), address, () => 0));
    expect({ kind, view, head }).toEqual({
      kind: binaryKinds.block,
      view: 5,
      head: { generation: 2, from: 10, to: 14, step: 2 },
    });
  });

  test("leaves out what follows from the rest", () => {
    const last = Float64Array.from({ length: 60 }, (_, k) => 0.25 * k);
    const count = new Float64Array(60).fill(10);
    const gauge = { last, min: last, max: last, sum: last.map((value) => value * 10) };
    const increase = last.map((value, k) => (k === 0 ? Number.NaN : value - (last[k - 1] ?? 0)));
    const block: Block = {
      fromTick: 0,
      toTick: 600,
      stepTicks: 10,
      gaps: [],
      series: [
        { info: { name: "g", labels: {}, kind: "gauge" }, count, columns: [gauge] },
        { info: { name: "c", labels: {}, kind: "counter" }, count, columns: [{ last, increase }] },
      ],
    };
    const bare = writer.message({ ...block, series: [] }, address, () => 0).length;
    const ids = (series: Block["series"][number]) => block.series.indexOf(series);
    expect(writer.message(block, address, ids).length - bare).toBeLessThan(2 * 60);
  });

  test("of a series that the reader does not know, or of too many points, throws", () => {
    const bytes = writer.message(blockOf(["a"]), address, () => 4);
    expect(read(bytes, [info("w"), info("x"), info("y"), info("z"), info("a")]).series).toHaveLength(1);
    expect(() => read(bytes, [info("w")])).toThrow(TypeError);
    const { body, head } = parseBinary(bytes);
    const long = { body, head: { ...head, to: 2 ** 40 } };
    expect(() => readBlock(long, () => info("a"))).toThrow(TypeError);
  });
});

function info(name: string): SeriesInfo {
  return { name, labels: {}, kind: "gauge" };
}

/** Two points of gauges, each at its place in the list. */
function blockOf(names: readonly string[]): Block {
  const series = names.map((name, k) => {
    const last = Float64Array.of(k, k + 0.5);
    return {
      info: info(name),
      count: Float64Array.of(2, 2),
      columns: [{ last, min: last, max: last, sum: last }],
    };
  });
  return { fromTick: 10, toTick: 14, stepTicks: 2, series, gaps: [] };
}
