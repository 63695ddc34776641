import { readFileSync } from "node:fs";
import {
  BinaryFrameReader,
  type Block,
  BlockWriter,
  binaryFlags,
  binaryKinds,
  binarySubprotocol,
  decodeBlock,
  decodeNumber,
  decodeSeriesInfo,
  parseBinary,
  readBlock,
  type WireSeries,
} from "@metricast/protocol";
import { describe, expect, test } from "vitest";
import { countModes } from "../packages/protocol/src/binary/block-codes.js";
import { columnModes } from "../packages/protocol/src/binary/column-codes.js";
import { FloatBits } from "../packages/protocol/src/binary/float-bits.js";
import { fits, fromWhole, isCorrected, rawScale } from "../packages/protocol/src/binary/scale.js";
import { causeIndex } from "../packages/protocol/src/binary/series-states.js";
import { frameSlots } from "../packages/protocol/src/binary/step-slots.js";
import { StagedView, WireStage } from "../packages/protocol/src/binary/testing/wire-stage.js";
import { bytesOfBits } from "./protocol-doc/bits.js";
import { binaryHeadFields, staleCauses } from "./protocol-doc/fields.js";
import { fenced, type Table, tablesOf, words } from "./protocol-doc/markdown.js";

const page = readFileSync(new URL("../docs/protocol.md", import.meta.url), "utf8");
const tables = tablesOf(page);

function table(firstColumn: string): Table {
  const [only, ...others] = tables.filter(({ columns }) => columns[0] === firstColumn);
  if (!only || others.length > 0) throw new Error(`not one table of ${firstColumn}`);
  return only;
}

const values = (firstColumn: string) =>
  Object.fromEntries(table(firstColumn).rows.map(([word, value]) => [words(word)[0], Number(value)]));

describe("the page on binary messages", () => {
  test("names the subprotocol, and reserves it no more", () => {
    expect(page).toContain(`## 20. \`${binarySubprotocol}\``);
    expect(page).not.toMatch(/v1\.bin` is reserved/);
  });

  test("has the kinds, flags, modes and causes of the codec", () => {
    expect(values("kind of a message")).toEqual(binaryKinds);
    expect(values("flag")).toEqual(binaryFlags);
    expect(values("mode of a column")).toEqual(columnModes);
    expect(values("mode of counts")).toEqual(countModes);
    expect(values("cause")).toEqual(
      Object.fromEntries(staleCauses.map((cause) => [cause, causeIndex(cause)])),
    );
  });

  test("has the fields of the JSON part", () => {
    const { rows } = table("message");
    expect(rows.map(([kind]) => words(kind)[0])).toEqual(Object.keys(binaryKinds));
    const named = new Set(rows.flatMap(([, fields]) => words(fields)));
    expect([...named].sort()).toEqual(Object.keys(binaryHeadFields).sort());
  });

  test("has the slots of each kind of series", () => {
    const counts = table("series").rows.map(([series = "", slots = ""]) => {
      const step = series.startsWith("more") ? 10 : 1;
      const kinds = (["gauge", "counter", "histogram"] as const).filter((kind) => series.includes(kind));
      const bounds = [1, 2, 3];
      const real = kinds.map((kind) => frameSlots({ kind, ...(kind === "histogram" && { bounds }) }, step));
      const [, count = "", more] = /^(\d)(.*n_\+2)?/.exec(slots) ?? /^()(_n_\+2)/.exec(slots) ?? [];
      const documented = more ? Number(count || 1) * (bounds.length + 2) : Number(count);
      return real.map((width) => [width, documented]);
    });
    expect(counts.flat()).toHaveLength(6);
    for (const [real, documented] of counts.flat()) expect(documented).toBe(real);
  });

  test("has every scale, and no other", () => {
    const rows = table("scale").rows.map(([scale, number = ""]) => {
      const [first = 0, last = first] = words(scale).map(Number);
      return { first, last, number };
    });
    const formulas: readonly ((whole: number, scale: number) => number)[] = [
      (whole, scale) => whole / 10 ** scale,
      (whole) => whole * 1_024,
      (whole) => whole * 4_096,
      (whole, scale) => whole / 10 ** (scale - 32),
    ];
    expect(rows.map(({ number }) => number.split(/[.:,]/)[0])).toEqual([
      "_w_ / 10^scale",
      "_w_ · 1",
      "_w_ · 4",
      "_w_ / 10^(scale-32)",
      "None",
    ]);
    expect(rows.at(-1)).toMatchObject({ first: rawScale, last: rawScale });
    for (const [at, formula] of formulas.entries()) {
      const { first = 0, last = 0 } = rows[at] ?? {};
      for (let scale = first; scale <= last; scale += 1) {
        expect(fromWhole(123_456_789, scale)).toBe(formula(123_456_789, scale));
        expect(isCorrected(scale)).toBe(at === 3);
        expect(fits(formula(123_456_789, scale), scale, new FloatBits())).toBe(true);
      }
    }
  });

  test("has the bounds that readers keep", () => {
    const bounds = table("what a message claims").rows.map(
      ([what = "", bound = ""]) => [what, bound] as const,
    );
    const of = (what: string) => bounds.find(([claim]) => claim.startsWith(what))?.[1] ?? "";
    const power = (what: string) => 2 ** Number(/2\^(\d+)/.exec(of(what))?.[1]);
    const cells = power("slots times points");
    expect(readsPoints(cells)).toBe(true);
    expect(readsPoints(cells + 1)).toBe(false);
    const labels = Number(of("labels").split(",")[0]);
    expect(readsShortened(labels)).toBe(true);
    expect(readsShortened(labels + 1)).toBe(false);
    expect(readsSlots(power("slots of a view") + 1)).toBe(false);
  });
});

/** Whether a block of a gauge and so many points, all of the same value, is read. */
function readsPoints(points: number): boolean {
  const last = new Float64Array(points).fill(5);
  const info = { name: "g", labels: {}, kind: "gauge" } as const;
  const columns = [{ last, min: last, max: last, sum: last }];
  const block: Block = {
    fromTick: 0,
    toTick: points,
    stepTicks: 1,
    series: [{ info, count: new Float64Array(points).fill(1), columns }],
    gaps: [],
  };
  const bytes = new BlockWriter().message(block, { view: 1, generation: 1 }, () => 0);
  return succeeds(() => readBlock(parseBinary(bytes), () => info));
}

function readsShortened(labels: number): boolean {
  const names = Array.from({ length: labels }, (_, k) => [`l${k}`, ""]);
  const entry = { name: "g", labels: Object.fromEntries(names) };
  return readsKeyframe([entry, JSON.parse('{"labels":{"l0":"other"}}')]);
}

/** A histogram has two slots more than bounds. */
function readsSlots(slots: number): boolean {
  return readsKeyframe([{ name: "h", kind: "histogram", bounds: Array(slots - 2).fill(0) }]);
}

function readsKeyframe(series: readonly WireSeries[]): boolean {
  const empty = new WireStage();
  const message = parseBinary(empty.keyframe(new StagedView(() => true)));
  const body = parseBinary(Uint8Array.of(binaryKinds.keyframe, 0, ...new Uint8Array(100))).body;
  return succeeds(() => new BinaryFrameReader(1).read({ ...message, body, head: { tick: 1, series } }));
}

function succeeds(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

describe("its example in bits", () => {
  const messages = fenced(page, "bits").map(bytesOfBits);
  const shown = fenced(page, "json").map((example) => JSON.parse(example));
  const shownFrames = shown.filter(({ type }) => type === "frame");
  const shownBlock = shown.find(({ type }) => type === "block");
  const entries: readonly WireSeries[] = shownFrames.flatMap(({ series = [] }) => series);
  const infoOf = (id: number) => entries[id] && decodeSeriesInfo(entries[id]);

  test("is read as the example in JSON", () => {
    const reader = new BinaryFrameReader(1);
    expect(messages).toHaveLength(shownFrames.length + 1);
    for (const [k, frame] of shownFrames.entries()) {
      const read = reader.read(parseBinary(messages[k] ?? new Uint8Array()));
      expect(read).toEqual({ ...frame, v: frame.v.map((value: unknown) => decodeNumber(value) ?? value) });
    }
    const { view, head, body } = parseBinary(messages.at(-1) ?? new Uint8Array());
    expect([view, head.generation]).toEqual([shownBlock.view, shownBlock.generation]);
    expect(visible(readBlock({ head, body }, infoOf))).toEqual(visible(decodeBlock(shownBlock, infoOf)));
  });

  test("is what the codec writes", () => {
    const stage = new WireStage();
    const view = new StagedView(() => true);
    stage.positionBase = shownFrames[0].position.replace(/\d+$/, "");
    stage.tick = shownFrames[0].tick - 1;
    stage.add(...entries.slice(0, 3));
    stage.advance([[0.25], [120], [7, 2, 0, 1.9]]);
    const written = [stage.keyframe(view)];
    stage.advance([[0.25], [123], [9, 2, 0, 2.02]]);
    written.push(stage.frame(view));
    stage.add(...entries.slice(3));
    stage.advance([[Number.NaN], [123], [9, 2, 0, 2.02], [0.5]]);
    written.push(stage.frame(view));
    stage.advance([{ stale: "timeout" }, [123], [9, 2, 0, 2.02], [0.5]], 2);
    written.push(stage.frame(view));
    const ids = shownBlock.series.map(({ id }: { id: number }) => id);
    const block = decodeBlock(shownBlock, infoOf);
    const idOf = (series: Block["series"][number]) => ids[block.series.indexOf(series)];
    written.push(
      new BlockWriter().message(block, { view: shownBlock.view, generation: shownBlock.generation }, idOf),
    );
    expect(written.map(hex)).toEqual(messages.map(hex));
  });
});

/** What a block holds where its points are there. */
function visible(block: Block) {
  const series = block.series.map(({ info, count, columns }) => {
    const there = [...count.keys()].filter((k) => count[k] !== 0);
    const pick = (values: Float64Array) => there.map((k) => values[k]);
    return { info, count, columns: columns.map((column) => Object.values(column).map(pick)) };
  });
  return { ...block, series };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
