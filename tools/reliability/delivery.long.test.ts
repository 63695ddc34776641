import { test } from "vitest";
import { tryLaw } from "./law.js";

// Half an hour of one core, so beside the other laws.
test(
  "a client holds what the log says, each tick once, since its last declared discontinuity, whatever happens",
  {
    timeout: 7_200_000,
  },
  ({ task }) =>
    tryLaw(task, {
      file: "packages/core/src/model/delivery.test.ts",
      title: "whatever happens$",
      runs: 20_000,
    }),
);
