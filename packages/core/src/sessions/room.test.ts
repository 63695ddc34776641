import { expect, test } from "vitest";
import { EncodedFrame } from "../contracts/connection.js";
import { Stats } from "../health/stats.js";
import { Room } from "./room.js";
import { messageOf } from "./testing/fake-connection.js";

const frame = (bytes: number) => new EncodedFrame(Buffer.alloc(bytes), false);

test("has what is left, and no more", () => {
  const room = new Room(100, false);
  expect(room.has(100)).toBe(true);
  expect(room.isShort).toBe(false);
  expect(room.has(101)).toBe(false);
  expect(room.isShort).toBe(true);
  room.put(frame(60));
  expect(room.has(40)).toBe(true);
  expect(room.has(41)).toBe(false);
  expect(room.bytes).toBe(60);
});

test("with nothing in flight one frame of any size goes, and only one", () => {
  const one = new Room(100, true);
  expect(one.has(1e9)).toBe(true);
  one.put(frame(1_000));
  expect(one.has(0)).toBe(false);
  const other = new Room(100, true);
  other.put(frame(10));
  expect(other.has(90)).toBe(true);
  expect(other.has(91)).toBe(false);
});

test("notices go ahead of all data, and take none of the room", () => {
  const room = new Room(100, false);
  room.put(frame(100));
  room.say({ type: "quality", view: 1, state: "live" });
  expect(room.frames).toHaveLength(2);
  expect(room.frames[0] && messageOf(room.frames[0])).toEqual({ type: "quality", view: 1, state: "live" });
  expect(room.bytes).toBe(100 + (room.frames[0]?.bytes.length ?? 0));
});

test("counts when it was sent", () => {
  const room = new Room(100, false);
  const stats = new Stats();
  room.count("framesSent");
  room.count("framesSent");
  room.count("ticksMerged", 7);
  expect(stats.framesSent).toBe(0);
  room.countInto(stats);
  expect(stats).toMatchObject({ framesSent: 2, ticksMerged: 7, blocksSent: 0 });
});
