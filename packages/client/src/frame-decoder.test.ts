import {
  BinaryFrameReader,
  type FrameMessage,
  parseBinary,
  type WireSeries,
  type WireValue,
} from "@metricast/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameDecoder } from "./frame-decoder.js";
import { Transcriber } from "./testing/transcriber.js";

const gauge: WireSeries = { name: "load" };
const counter: WireSeries = { name: "requests", kind: "counter" };
const histogram: WireSeries = { name: "time", kind: "histogram", bounds: [1, 2] };

function frame(
  tick: number,
  values: readonly (readonly [number, WireValue])[],
  more: Partial<FrameMessage> = {},
) {
  let before = 0;
  const i = values.map(([id]) => {
    const distance = id - before;
    before = id;
    return distance;
  });
  return { type: "frame" as const, view: 1, tick, i, v: values.map(([, value]) => value), ...more };
}

function keyframe(tick: number, series: readonly WireSeries[], values: readonly WireValue[], generation = 1) {
  return frame(
    tick,
    values.map((value, id) => [id, value] as const),
    { series, generation, position: `v1.a.${tick}` },
  );
}

/** A decoder behind a connection: frames are written and read again as the codec has it. */
class ConnectedDecoder extends FrameDecoder {
  readonly #transcriber: Transcriber | undefined;
  #reader = new BinaryFrameReader(1);

  constructor(codec: "json" | "binary") {
    super();
    this.#transcriber = codec === "binary" ? new Transcriber() : undefined;
  }

  override restart(stepTicks: number, forget: boolean): void {
    super.restart(stepTicks, forget);
    this.#reader = new BinaryFrameReader(stepTicks);
    this.#transcriber?.bytesOf({ type: "subscribed", items: [{ view: 1, stepTicks }] });
  }

  override apply(frame: FrameMessage) {
    if (!this.#transcriber) return super.apply(frame);
    const bytes = this.#transcriber.bytesOf(frame);
    if (!bytes) throw new Error("no writer writes this");
    return super.apply(this.#reader.read(parseBinary(new Uint8Array(bytes))));
  }
}

/** Newest points, with what their cells mean by kind. */
function points(decoder: FrameDecoder) {
  return decoder.series.map(({ info, cells: [count, ...cells], isPresent, stale }) => {
    const state = { isPresent, stale, count };
    const [last, min, max, sum] = cells;
    if (info.kind === "gauge") return { ...state, last: [last], min, max, sum };
    const increase = cells.filter((_, k) => k % 2 === 1);
    return { ...state, last: cells.filter((_, k) => k % 2 === 0), increase };
  });
}

describe.each(["json", "binary"] as const)("FrameDecoder, of frames in %s", (codec) => {
  it("takes a keyframe, then frames that follow each other", () => {
    const decoder = new ConnectedDecoder(codec);
    expect(decoder.apply(keyframe(10, [gauge, counter], [0.5, 100]))).toEqual({
      isKeyframe: true,
      tick: 10,
      previousTick: undefined,
    });
    expect(points(decoder)[1]).toMatchObject({ last: [100], increase: [Number.NaN], count: 1 });
    expect(decoder.apply(frame(11, [[1, 107]], { prev: 10 }))).toMatchObject({
      isKeyframe: false,
      previousTick: 10,
    });
    expect(points(decoder)).toMatchObject([
      { last: [0.5], count: 1 },
      { last: [107], increase: [7], count: 1 },
    ]);
    // Not named: it held its value, the counter did not grow.
    decoder.apply(frame(12, [[0, 0.75]], { prev: 11 }));
    expect(points(decoder)).toMatchObject([{ last: [0.75] }, { last: [107], increase: [0] }]);
    // A counter below what it was began again.
    decoder.apply(frame(13, [[1, 3]], { prev: 12 }));
    expect(points(decoder)[1]).toMatchObject({ last: [3], increase: [3] });
  });

  it("counts a series that is born between frames from zero, and one found there from nowhere", () => {
    const decoder = new ConnectedDecoder(codec);
    decoder.apply(keyframe(1, [], []));
    decoder.apply(frame(2, [[0, 5]], { prev: 1, series: [counter] }));
    expect(points(decoder)[0]).toMatchObject({ last: [5], increase: [5] });
    const joined = new ConnectedDecoder(codec);
    joined.apply(keyframe(2, [counter], [5]));
    expect(points(joined)[0]).toMatchObject({ increase: [Number.NaN] });
  });

  it("goes on counting over a keyframe, by name and not by id, unless told to forget", () => {
    const decoder = new ConnectedDecoder(codec);
    decoder.apply(keyframe(1, [gauge, counter], [1, 100]));
    decoder.apply(keyframe(4, [counter, gauge], [130, 1], 2));
    expect(points(decoder)[0]).toMatchObject({ last: [130], increase: [30] });
    expect(decoder.generation).toBe(2);
    decoder.restart(1, true);
    decoder.apply(keyframe(5, [counter, gauge], [131, 1], 1));
    expect(points(decoder)[0]).toMatchObject({ last: [131], increase: [Number.NaN] });
  });

  it("keeps the point when a keyframe repeats its tick", () => {
    const decoder = new ConnectedDecoder(codec);
    decoder.apply(keyframe(1, [counter], [100]));
    decoder.apply(frame(2, [[0, 104]], { prev: 1 }));
    decoder.restart(1, false);
    expect(() => decoder.apply(frame(3, [], { prev: 2 }))).toThrow("chain_broken");
    decoder.apply(keyframe(2, [counter], [104]));
    expect(points(decoder)[0]).toMatchObject({ last: [104], increase: [4] });
  });

  it("tells absent from stale, and both from a value", () => {
    const decoder = new ConnectedDecoder(codec);
    decoder.apply(keyframe(1, [gauge, counter], [1, 10]));
    decoder.apply(
      frame(
        2,
        [
          [0, null],
          [1, { stale: "timeout" }],
        ],
        { prev: 1 },
      ),
    );
    expect(points(decoder)).toMatchObject([
      { isPresent: false, count: 0 },
      { isPresent: true, stale: "timeout", count: 0, last: [10] },
    ]);
    decoder.apply(frame(3, [], { prev: 2 }));
    expect(points(decoder).map(({ count }) => count)).toEqual([0, 0]);
    decoder.apply(
      frame(
        4,
        [
          [0, 2],
          [1, 16],
        ],
        { prev: 3 },
      ),
    );
    expect(points(decoder)).toMatchObject([
      { isPresent: true, count: 1 },
      { stale: undefined, count: 1 },
    ]);
    expect(points(decoder)[1]).toMatchObject({ increase: [6] });
  });

  it("reads points over several ticks", () => {
    const decoder = new ConnectedDecoder(codec);
    decoder.restart(5, false);
    decoder.apply(
      keyframe(
        5,
        [gauge, counter],
        [
          [4, 1, 9, 20, 5],
          [100, null],
        ],
      ),
    );
    expect(points(decoder)[0]).toMatchObject({ count: 5, min: 1, max: 9, sum: 20 });
    expect(points(decoder)[1]).toMatchObject({ last: [100], increase: [Number.NaN], count: 5 });
    decoder.apply(frame(10, [[1, [7, 12]]], { prev: 5 }));
    // Held through all five ticks.
    expect(points(decoder)[0]).toMatchObject({ count: 5, min: 4, max: 4, sum: 20 });
    expect(points(decoder)[1]).toMatchObject({ last: [7], increase: [12] });
    decoder.apply(frame(15, [[0, 3]], { prev: 10 }));
    expect(points(decoder)[0]).toMatchObject({ count: 5, sum: 15 });
    expect(points(decoder)[1]).toMatchObject({ increase: [0] });
  });

  it("carries every number", () => {
    const decoder = new ConnectedDecoder(codec);
    decoder.apply(
      keyframe(
        1,
        [gauge, gauge, gauge, gauge].map(({ name }, k) => ({ name: `${name}${k}` })),
        ["NaN", "+Inf", "-Inf", "-0"],
      ),
    );
    expect(points(decoder).map(({ last }) => last[0])).toEqual([Number.NaN, Infinity, -Infinity, -0]);
  });

  it("holds what a model of the log holds, whatever the frames name", () => {
    const change = fc.array(fc.tuple(fc.nat(3), fc.option(fc.integer({ min: 0, max: 50 }))), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (ticks) => {
        const decoder = new ConnectedDecoder(codec);
        const names = ["a", "b", "c", "d"];
        const model: (number | null)[] = [0, 0, 0, 0];
        decoder.apply(
          keyframe(
            1,
            names.map((name) => ({ name })),
            [0, 0, 0, 0],
          ),
        );
        ticks.forEach((changes, k) => {
          const byId = new Map(changes.map(([id, value]) => [id, value]));
          for (const [id, value] of byId) model[id] = value;
          const sorted = [...byId].sort(([a], [b]) => a - b);
          expect(decoder.apply(frame(k + 2, sorted, { prev: k + 1 }))).toMatchObject({ tick: k + 2 });
        });
        expect(points(decoder).map(({ isPresent, last }) => (isPresent ? last[0] : null))).toEqual(model);
      }),
    );
  });
});

describe("FrameDecoder", () => {
  it("applies nothing that does not follow", () => {
    const decoder = new FrameDecoder();
    expect(() => decoder.apply(frame(11, [], { prev: 10 }))).toThrow("chain_broken");
    decoder.apply(keyframe(10, [gauge], [1]));
    for (const wrong of [
      frame(12, [[0, 9]], { prev: 11 }),
      frame(10, [[0, 9]], { prev: 10 }),
      frame(9, [[0, 9]], { prev: 10 }),
      frame(10, [[0, 9]], { prev: 9 }),
      keyframe(9, [gauge], [9]),
    ]) {
      expect(() => decoder.apply(wrong)).toThrow("chain_broken");
      expect(points(decoder)[0]).toMatchObject({ last: [1] });
    }
    expect(decoder.apply(frame(11, [[0, 2]], { prev: 10 }))).toMatchObject({ tick: 11 });
  });

  it("reads a histogram's changed slots, with their growth where it is told", () => {
    const decoder = new FrameDecoder();
    decoder.apply(keyframe(1, [histogram], [[0, 1, 1, 2, 2, 3, 3, 30]]));
    decoder.apply(frame(2, [[0, [1, 4, 3, 33.5]]], { prev: 1 }));
    expect(points(decoder)[0]).toMatchObject({ last: [1, 4, 3, 33.5], increase: [0, 2, 0, 3.5], count: 1 });
    decoder.apply(frame(3, [[0, { slots: [0, 0, 3, 1], increase: [0, 2, 3, null] }]], { prev: 2 }));
    expect(points(decoder)[0]).toMatchObject({
      last: [0, 4, 3, 1],
      increase: [2, 0, 0, Number.NaN],
      count: 1,
    });
  });

  it("throws at garbage, and waits for a keyframe then", () => {
    const garbage: unknown[] = [
      { i: [0], v: [] },
      { i: [7], v: [1] },
      { i: [-1], v: [1] },
      { i: ["x"], v: [1] },
      { i: null, v: null },
      { i: [], v: [], series: [null] },
      { i: [], v: [], series: [{ name: "h", kind: "histogram", bounds: { length: 1e9 } }] },
      { i: [0], v: [{ slots: 5, increase: {} }], tick: 1e300 },
    ];
    for (const wrong of garbage) {
      const decoder = new FrameDecoder();
      decoder.apply(keyframe(1, [gauge], [1]));
      const message = Object.assign({}, frame(2, [], { prev: 1 }), wrong);
      expect(() => decoder.apply(message)).toThrow(TypeError);
      expect(() => decoder.apply(frame(2, [], { prev: 1 }))).toThrow("chain_broken");
      expect(decoder.apply(keyframe(3, [gauge], [2]))).toMatchObject({ tick: 3 });
    }
  });

  it("is as good as new with the next keyframe, whatever came", () => {
    const decoder = new FrameDecoder();
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), fc.nat(5), (i, v, series, tick) => {
        const message = Object.assign(
          {},
          frame(tick, []),
          { i, v, series },
          tick % 2 ? { prev: tick - 1 } : {},
        );
        try {
          decoder.apply(message);
        } catch {
          // It says so where it makes no sense.
        }
        decoder.restart(1, false);
        decoder.apply(keyframe(9, [gauge], [4]));
        expect(points(decoder)).toMatchObject([{ isPresent: true, count: 1, last: [4] }]);
      }),
    );
  });
});

describe("a dictionary", () => {
  it("is taken up to 100,000 series, and no further: a server could fill the page's memory", () => {
    const decoder = new FrameDecoder();
    decoder.restart(1, true);
    const series = Array.from({ length: 100_000 }, () => gauge);
    decoder.apply(frame(1, [], { series, generation: 1 }));
    expect(() => decoder.apply(frame(2, [], { prev: 1, series: [gauge] }))).toThrow(TypeError);
  });
});
