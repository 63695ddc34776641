import { describe, expect, test } from "vitest";
import { EncodedFrame, Packet } from "./connection.js";

const upper = {
  key: Symbol("upper"),
  build: ({ bytes }: EncodedFrame) => Buffer.from(bytes).toString().toUpperCase(),
};
const size = { key: Symbol("size"), build: ({ bytes }: EncodedFrame) => bytes.length };

describe("a form", () => {
  test("is built once per transport, however many there are and in whatever turn they ask", () => {
    let builds = 0;
    const counted = {
      key: upper.key,
      build: (frame: EncodedFrame) => ({ text: upper.build(frame), at: ++builds }),
    };
    const frame = EncodedFrame.text("käse");
    const first = frame.form(counted);
    expect(first.text).toBe("KÄSE");
    expect(frame.form(size)).toBe(5);
    expect(frame.form(counted)).toBe(first);
    expect(frame.form(size)).toBe(5);
    expect(builds).toBe(1);
  });

  test("of a second transport may be nothing, and is not built again for that", () => {
    let builds = 0;
    const none = {
      key: Symbol("none"),
      build: (): null => {
        builds += 1;
        return null;
      },
    };
    const packet = new Packet([]);
    packet.form({ key: Symbol("other"), build: () => 1 });
    expect([packet.form(none), packet.form(none), builds]).toEqual([null, null, 1]);
  });
});

const key = Symbol("key");

describe("room for a header", () => {
  test.each([
    ["a kept text", EncodedFrame.text("käse ☃"), "käse ☃"],
    ["a passing text", EncodedFrame.text("käse ☃", false), "käse ☃"],
    ["bytes", EncodedFrame.binary(Buffer.from("bits")), "bits"],
    ["nothing", EncodedFrame.text(""), ""],
  ])("is ahead of %s, and writing there leaves the message alone", (_, frame, text) => {
    const piece = frame.withRoom(key, 4);
    piece?.fill(0xff, 0, 4);
    expect(piece?.subarray(4).toString()).toBe(text);
    expect(Buffer.from(frame.bytes).toString()).toBe(text);
    expect(frame.withRoom(key, 4)).toEqual(piece);
  });

  test("is one transport's, no more than there is, and ahead of no frame that came with bytes of its own", () => {
    const frame = EncodedFrame.text("x");
    expect(frame.withRoom(key, 10)).toHaveLength(11);
    expect(frame.withRoom(Symbol("other"), 2)).toBeUndefined();
    expect(frame.withRoom(key, 2)).toHaveLength(3);
    expect(frame.withRoom(key, 11)).toBeUndefined();
    expect(new EncodedFrame(Buffer.from("x"), false).withRoom(key, 2)).toBeUndefined();
  });

  test("what is kept has a buffer of its own, and bytes that are copied are the frame's", () => {
    const bytes = Buffer.from("before");
    const frame = EncodedFrame.binary(bytes);
    bytes.fill(0);
    expect(Buffer.from(frame.bytes).toString()).toBe("before");
    for (const kept of [frame, EncodedFrame.text("y")])
      expect(kept.bytes.buffer.byteLength).toBe(kept.length + 10);
  });
});
