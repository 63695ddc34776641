import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BitWriter } from "./bit-writer.js";
import { binaryKinds, jsonOf, parseBinary, writeHead } from "./message.js";

describe("the beginning of a message", () => {
  test("is read as it was written, and the body begins behind it", () => {
    const head = fc.option(fc.record({ generation: fc.maxSafeNat(), position: fc.string() }), {
      nil: undefined,
    });
    const packed = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined });
    const kind = fc.constantFrom(...Object.values(binaryKinds));
    fc.assert(
      fc.property(kind, fc.maxSafeNat(), head, packed, (ofKind, view, said, dictionary) => {
        const out = new BitWriter();
        writeHead(out, ofKind, view, said, dictionary);
        out.bits(0b1011, 4);
        const message = parseBinary(out.toBytes());
        expect(message).toMatchObject({ type: "binary", kind: ofKind, view });
        expect(message.head).toEqual(said ?? {});
        expect(message.packed && [...message.packed]).toEqual(dictionary && [...dictionary]);
        expect(message.body.bits(4)).toBe(0b1011);
      }),
    );
  });

  test("is one byte and the view where there is nothing to say", () => {
    const out = new BitWriter();
    writeHead(out, binaryKinds.frame, 300);
    expect([...out.toBytes()]).toEqual([1, 0b1010_1100, 0b10]);
  });

  test.each([
    ["nothing", []],
    ["a view without end", [1, 255]],
    ["a JSON part that ends early", [0x81, 3, 9, 123, 125]],
    ["a JSON part of any length", [0x81, 3, 255, 255, 255, 255, 255, 255, 255, 127]],
    ["a JSON part that is none", [0x81, 3, 2, 123, 123]],
    ["a dictionary that ends early", [0x42, 3, 9, 1]],
  ])("throws for %s", (_, bytes) => {
    expect(() => parseBinary(Uint8Array.from(bytes))).toThrow();
  });

  test("takes a JSON part that is no object for an empty one", () => {
    const bytes = new TextEncoder().encode("null");
    expect(jsonOf(bytes)).toBeNull();
    expect(parseBinary(Uint8Array.of(0x81, 3, 4, ...bytes)).head).toEqual({});
  });
});
