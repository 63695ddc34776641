import { expect, test } from "vitest";
import { BinaryFrameReader } from "./frame-reader.js";
import { parseBinary } from "./message.js";
import { type Row, StagedView, WireStage } from "./testing/wire-stage.js";

/** A view of one gauge: what it is sent at each tick, from a keyframe on. */
function start() {
  const stage = new WireStage();
  const view = new StagedView(() => true);
  stage.add({ name: "g" });
  const next = (row: Row) => {
    stage.advance(row);
    return stage.frame(view);
  };
  stage.advance([[1]]);
  const keyframe = stage.keyframe(view);
  const reader = new BinaryFrameReader(1);
  const read = (bytes: Uint8Array) => reader.read(parseBinary(bytes));
  return { stage, view, next, keyframe, read };
}

test("a frame that ends too soon is none", () => {
  const { next, keyframe, read } = start();
  expect(() => read(keyframe.subarray(0, -1))).toThrow(TypeError);
  read(keyframe);
  const frame = next([[0.1]]);
  expect(() => read(frame.subarray(0, -1))).toThrow(TypeError);
});

test("after one that was none nothing follows until the next keyframe", () => {
  const { stage, view, next, keyframe, read } = start();
  read(keyframe);
  expect(read(next([[0.1]]))).toMatchObject({ prev: stage.prev, tick: stage.tick, v: [0.1] });
  expect(() => read(next([[0.2]]).subarray(0, -1))).toThrow(TypeError);
  // Neither it again, nor what comes after it.
  for (const bytes of [stage.frame(view), next([[0.3]])])
    expect(read(bytes)).toMatchObject({ prev: -1, v: [] });
  stage.advance([[0.4]]);
  expect(read(stage.keyframe(view))).toMatchObject({ tick: stage.tick, v: [0.4] });
  expect(read(next([[0.5]]))).toMatchObject({ prev: stage.prev, v: [0.5] });
});
