import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs the ordinary tests of all packages under another Node, which npm brings as a package. */
async function runUnder(version: string): Promise<{ code: number | null; tail: string }> {
  const command = [
    "-y",
    "-p",
    `node@${version}`,
    "--",
    "node",
    "node_modules/vitest/vitest.mjs",
    "run",
    "packages",
  ];
  const child = spawn("npx", command, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code]: (number | null)[] = await once(child, "close");
  return { code: code ?? null, tail: output.slice(-3_000) };
}

test.each(["22", "24"])("everything passes on Node %s", async (version) => {
  const { code, tail } = await runUnder(version);
  expect({ code, tail }).toEqual({ code: 0, tail: expect.stringMatching(/\d+ passed, 0 failed, 0 skipped/) });
});
