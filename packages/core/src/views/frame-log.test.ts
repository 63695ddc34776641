import fc from "fast-check";
import { expect, test } from "vitest";
import { EncodedFrame } from "../contracts/connection.js";
import { FrameLog } from "./frame-log.js";

const frame = (bytes: number) => new EncodedFrame(Buffer.alloc(bytes), false);
const ticksAfter = (log: FrameLog, tick: number) => log.after(tick)?.map((logged) => logged.tick);

test("gives every frame after a tick, the very buffers that went in", () => {
  const log = new FrameLog({ maxFrames: 10, maxBytes: 1_000 });
  const frames = [frame(1), frame(2), frame(3)];
  for (const [k, one] of frames.entries()) log.append(k + 1, k, one);
  expect(ticksAfter(log, 0)).toEqual([1, 2, 3]);
  expect(log.after(1)?.map((logged) => logged.frame)).toEqual([frames[1], frames[2]]);
  expect(log.after(2)?.[0]?.frame).toBe(frames[2]);
});

test("does not reach back to what it never held, nor to its own head", () => {
  const log = new FrameLog({ maxFrames: 10, maxBytes: 1_000 });
  expect(log.after(0)).toBeUndefined();
  log.append(5, 4, frame(1));
  expect(log.after(3)).toBeUndefined();
  expect(log.after(5)).toBeUndefined();
  expect(log.after(6)).toBeUndefined();
});

test("ticks that were not sampled are no holes: continuity is by prev", () => {
  const log = new FrameLog({ maxFrames: 10, maxBytes: 1_000 });
  log.append(10, 1, frame(1));
  log.append(30, 10, frame(1));
  expect(ticksAfter(log, 1)).toEqual([10, 30]);
  expect(log.after(9)).toBeUndefined();
});

test("a frame that does not follow begins anew", () => {
  const log = new FrameLog({ maxFrames: 10, maxBytes: 1_000 });
  log.append(1, 0, frame(10));
  log.append(2, 1, frame(10));
  log.append(4, 3, frame(7));
  expect(log.after(0)).toBeUndefined();
  expect(log.after(1)).toBeUndefined();
  expect(ticksAfter(log, 3)).toEqual([4]);
  expect(log.bytes).toBe(7);
});

test("a frame larger than the bound is kept alone", () => {
  const log = new FrameLog({ maxFrames: 10, maxBytes: 100 });
  log.append(1, 0, frame(50));
  log.append(2, 1, frame(500));
  expect(ticksAfter(log, 1)).toEqual([2]);
  expect(log.after(0)).toBeUndefined();
  log.append(3, 2, frame(1));
  expect(ticksAfter(log, 2)).toEqual([3]);
  expect(log.bytes).toBe(1);
});

test("stays within its bounds, and holds the newest chain that fits", () => {
  const steps = fc.array(
    fc.record({ bytes: fc.nat({ max: 60 }), hole: fc.boolean(), skip: fc.integer({ min: 1, max: 3 }) }),
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 6 }), (list, maxFrames) => {
      const maxBytes = 100;
      const log = new FrameLog({ maxFrames, maxBytes });
      let model: { tick: number; prev: number; bytes: number }[] = [];
      let tick = 0;
      for (const { bytes, hole, skip } of list) {
        // A hole: a frame in between was never built.
        const prev = hole ? tick + 1 : tick;
        tick = prev + skip;
        log.append(tick, prev, frame(bytes));
        model = hole ? [] : model;
        model.push({ tick, prev, bytes });
        while (model.length > maxFrames || (total(model) > maxBytes && model.length > 1)) model.shift();
        expect(log.bytes).toBe(total(model));
        const [oldest] = model;
        expect(ticksAfter(log, oldest?.prev ?? -1)).toEqual(model.map((entry) => entry.tick));
        expect(log.after((oldest?.prev ?? 0) - 1)).toBeUndefined();
      }
    }),
  );

  function total(model: readonly { bytes: number }[]): number {
    return model.reduce((sum, { bytes }) => sum + bytes, 0);
  }
});

test("clear forgets all", () => {
  const log = new FrameLog({ maxFrames: 10, maxBytes: 100 });
  log.append(1, 0, frame(10));
  log.clear();
  expect(log.bytes).toBe(0);
  expect(log.after(0)).toBeUndefined();
});
