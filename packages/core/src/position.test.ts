import fc from "fast-check";
import { expect, test } from "vitest";
import { formatPosition, parsePosition } from "./position.js";

const epochs = fc.stringMatching(/^[0-9a-f]{16}$/);
const numbers = fc.oneof(fc.nat(), fc.constantFrom(0, Number.MAX_SAFE_INTEGER));

test("is read back as it was given", () => {
  fc.assert(
    fc.property(epochs, numbers, (epoch, number) => {
      expect(parsePosition(formatPosition(epoch, number))).toEqual({ epoch, number });
    }),
  );
});

test("what follows the last dot can be replaced by another tick", () => {
  fc.assert(
    fc.property(epochs, numbers, numbers, (epoch, before, after) => {
      const text = formatPosition(epoch, before).replace(/[^.]*$/, String(after));
      expect(parsePosition(text)).toEqual({ epoch, number: after });
    }),
  );
});

test("only what was given out is read", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^v1\.[a-z.0-9]{0,20}$/)), (text) => {
      const position = parsePosition(text);
      if (position) expect(formatPosition(position.epoch, position.number)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  "",
  "v1",
  "v1.",
  "v1..5",
  "v1.a.",
  "v1.a",
  "v2.a.5",
  "v1.a.b.5",
  "v1.a.-1",
  "v1.a.1.5",
  "v1.a.01",
  "v1.a.+1",
  "v1.a. 1",
  "v1.a.1e3",
  "v1.a.0x1",
  "v1.a.9007199254740992",
  "v1.a.NaN",
])("%j is no position", (text) => {
  expect(parsePosition(text)).toBeUndefined();
});
