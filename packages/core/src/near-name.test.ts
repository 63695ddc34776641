import { expect, test } from "vitest";
import { nearHint } from "./near-name.js";

const names = ["intervalMs", "retentionMs", "maxClients", "secret", "secrets", "path"];

test.each([
  ["intervallMs", "intervalMs"],
  ["intervalms", "intervalMs"],
  ["maxclients", "maxClients"],
  ["secrte", "secret"],
  ["secretss", "secrets"],
  ["pth", "path"],
])("%s: %s was meant", (given, meant) => {
  expect(nearHint(given, names)).toBe(`; did you mean "${meant}"?`);
});

test.each(["port", "redis", "x", "", "constructor", "s".repeat(10_000)])("%s: nothing like it", (given) => {
  expect(nearHint(given, names)).toBe("");
});
