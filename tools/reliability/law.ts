import { fileURLToPath } from "node:url";
import { noteFigure } from "@metricast/testkit";
import { expect, type TestContext } from "vitest";
import { runNode } from "../command.mjs";
import { root } from "./rows.js";

/** Tests of a file, to be run with many more runs than usual. */
export interface Law {
  readonly file: string;
  /** A pattern of titles. */
  readonly title: string;
  readonly runs: number;
}

export async function tryLaw(task: TestContext["task"], { file, title, runs }: Law): Promise<void> {
  const args = ["run", file, "-t", title, "--testTimeout=7200000"];
  // Under CI what is left out by a title would fail it.
  const { code, output } = await runNode("node_modules/vitest/vitest.mjs", args, {
    cwd: fileURLToPath(root),
    collect: true,
    env: { METRICAST_RUNS: `${runs}`, METRICAST_EVIDENCE: "", CI: "" },
  });
  noteFigure(task, `${runs.toLocaleString("en")} runs`);
  expect({ code, tail: output.slice(-20_000) }).toEqual({
    code: 0,
    tail: expect.stringMatching(/[1-9]\d* passed, 0 failed/),
  });
}
