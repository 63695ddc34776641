import { expect, test } from "vitest";
import { errorText } from "./error-text.js";

test("whatever was thrown is told, in 300 characters at most", () => {
  expect([errorText(new Error("away")), errorText("text"), errorText(null)]).toEqual([
    "away",
    "text",
    "null",
  ]);
  expect(errorText(new Error("x".repeat(1_000)))).toBe("x".repeat(300));
  expect(errorText(Object.create(null))).toBe("an error that cannot be read");
});
