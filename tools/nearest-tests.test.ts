import { expect, test } from "vitest";
import { testsByDistance, withinBudget } from "./nearest-tests.mjs";

const files = new Map([
  ["packages/core/src/a.ts", ""],
  ["packages/core/src/a.test.ts", 'import { a } from "./a.js";'],
  ["packages/core/src/b.ts", 'import type { A } from "./a.js";'],
  ["packages/core/src/b.test.ts", 'import { b } from "./b.js";'],
  ["packages/core/src/b.alone.test.ts", 'import { b } from "./b.js";'],
  ["packages/core/src/index.ts", 'export { b } from "./b.js";'],
  ["packages/client/src/c.test.ts", 'import { b } from "@metricast/core";'],
  ["packages/dashboard/page/src/d.tsx", "export const d = 1;"],
  ["packages/dashboard/page/src/d.test.ts", 'const { d } = await import("./d.jsx");'],
  ["packages/core/src/other.test.ts", 'import { readFileSync } from "node:fs";'],
]);

test("tests come by how many files are between them and what changed", () => {
  expect(testsByDistance(files, ["packages/core/src/a.ts"])).toEqual([
    "packages/core/src/a.test.ts",
    "packages/core/src/b.test.ts",
    "packages/client/src/c.test.ts",
  ]);
  expect(testsByDistance(files, ["packages/dashboard/page/src/d.tsx"])).toEqual([
    "packages/dashboard/page/src/d.test.ts",
  ]);
  expect(testsByDistance(files, ["packages/core/src/other.test.ts", "README.md"])).toEqual([
    "packages/core/src/other.test.ts",
  ]);
});

test("as many as fit into the time are chosen, and the others are counted", () => {
  const timeOf = (path: string) => ({ near: 3_000, far: 20_000 })[path] ?? 500;
  expect(withinBudget(["near", "far", "last"], timeOf, 5_000)).toEqual({
    chosen: ["near", "last"],
    others: 1,
  });
});
