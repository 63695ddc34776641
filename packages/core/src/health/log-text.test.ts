import fc from "fast-check";
import { expect, it } from "vitest";
import { logText } from "./log-text.js";

it("leaves ordinary text as it is", () => {
  expect(logText("Mozilla/5.0 (X11; Linux) grüße")).toBe("Mozilla/5.0 (X11; Linux) grüße");
});

it.each([
  ["a\r\nb", "a\\r\\nb"],
  ["\u001b[31mred", "\\u001b[31mred"],
  ["\u009b31m", "\\u009b31m"],
  ["\u202eevil", "\\u202eevil"],
  ["\u2028", "\\u2028"],
  ['"quoted"', '\\"quoted\\"'],
  ["\ud800", "\\ud800"],
])("escapes %j", (text, shown) => {
  expect(logText(text)).toBe(shown);
});

it.each([
  "/metricast/?ticket=abc.def&x=1",
  "?token=abc.def",
  "Authorization: Bearer abc.def",
  "metricast_ticket=abc.def; a=b",
  '{"token":"abc.def"}',
  "TOKEN: abc.def",
])("redacts %s", (text) => {
  expect(logText(text)).toContain("[redacted]");
  expect(logText(text)).not.toContain("abc");
});

const acted = new Set(["\u007f", "\u009b", "\u2028", "\u202e", "\ufeff"]);

it("never shows more than 256 characters, nor one that a terminal acts on", () => {
  expect(logText("x".repeat(16_384))).toHaveLength(256);
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
      const shown = logText(text);
      return shown.length <= 256 && [...shown].every((char) => char >= " " && !acted.has(char));
    }),
  );
});
