import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { storedMessage } from "./stored-message.js";

/** A keyframe of view 1 with nothing but a packed dictionary. */
function keyframe(packed: Buffer): Uint8Array {
  const length: number[] = [];
  for (let rest = packed.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest % 128) | 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.of(0x42, 1, ...length), packed]);
}

test("a dictionary is unpacked", () => {
  const { head } = storedMessage(keyframe(deflateRawSync('[{"name":"a"}]')));
  expect(head.series).toEqual([{ name: "a" }]);
});

test("one that would fill the memory is not", () => {
  const bomb = deflateRawSync(Buffer.alloc(64 * 1_024 * 1_024 + 1, " "));
  expect(bomb.length).toBeLessThan(100_000);
  expect(() => storedMessage(keyframe(bomb))).toThrow(RangeError);
});
