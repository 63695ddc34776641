import { expect, test } from "vitest";
import { run } from "./command.mjs";

// What computes for minutes, and knows nothing of the platform.
const leftOut = ["packages/core/src/model/**", "**/*{model,fuzz}*.test.ts"];

/** Runs the tests of all packages under another Node, which npm brings as a package. */
function runUnder(version: string): Promise<{ code: number; output: string }> {
  const vitest = ["node_modules/vitest/vitest.mjs", "run", "packages"];
  const without = leftOut.flatMap((pattern) => ["--exclude", pattern]);
  return run("npx", ["-y", "-p", `node@${version}`, "--", "node", ...vitest, ...without], { collect: true });
}

test.each(["22", "24"])("everything passes on Node %s", async (version) => {
  const { code, output } = await runUnder(version);
  const tail = output.slice(-3_000);
  expect({ code, tail }).toEqual({ code: 0, tail: expect.stringMatching(/\d+ passed, 0 failed, 0 skipped/) });
});
