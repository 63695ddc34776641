import { test } from "vitest";
import { tryLaw } from "./law.js";

// Half an hour of one core, so beside the other laws.
test(
  "two instances are shown as they were, whatever becomes of their lines, their store and who watches",
  {
    timeout: 7_200_000,
  },
  ({ task }) =>
    tryLaw(task, {
      file: "packages/core/src/model/instances.test.ts",
      title: "two instances are shown",
      runs: 20_000,
    }),
);
