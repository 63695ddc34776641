import { expect, test } from "vitest";
import { checkIdentity } from "./admission-identity.js";

const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`l${n}`, "x"]));

test.each([
  ["an id of 1,000 characters", { id: "x".repeat(1_000) }],
  ["a scope of 16 labels", { id: "ann", scope: labels(16) }],
  ["a label of 1,000 characters, and an end", { id: "ann", scope: { l: "x".repeat(999) }, expiresMs: 1 }],
])("%s is an identity's", (_, value) => {
  expect(checkIdentity(value)).toEqual(value);
});

// What is not understood must not become an identity that sees more, or for longer.
test.each([
  ["no id", { id: "" }],
  ["an id of 1,001 characters", { id: "x".repeat(1_001) }],
  ["a scope of 17 labels", { id: "ann", scope: labels(17) }],
  ["a label of 1,001 characters", { id: "ann", scope: { l: "x".repeat(1_000) } }],
  ["a label without a name", { id: "ann", scope: { "": "x" } }],
  ["a number as a label's value", { id: "ann", scope: { l: 1 } }],
  ["a list as scope", { id: "ann", scope: ["l"] }],
  ["a Map as scope", { id: "ann", scope: new Map([["l", "x"]]) }],
  ["null as scope", { id: "ann", scope: null }],
  ["text as its end", { id: "ann", expiresMs: "1" }],
  ["NaN as its end", { id: "ann", expiresMs: Number.NaN }],
  ["an endless end", { id: "ann", expiresMs: Number.POSITIVE_INFINITY }],
])("%s is nobody's", (_, value) => {
  expect(checkIdentity(value)).toBeUndefined();
});

test("a getter that throws is nobody's", () => {
  const hostile = {
    get id(): string {
      throw new Error("hostile");
    },
  };
  expect(checkIdentity(hostile)).toBeUndefined();
});
