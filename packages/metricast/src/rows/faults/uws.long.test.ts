import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../../..", import.meta.url));
const faults = "packages/metricast/src/rows/faults";
const suites = ["clock", "half-open", "host-process", "network"].map((name) => `${faults}/${name}.test.ts`);

test("every fault of a network, a peer, a host and a clock is answered through uWS as through ws", async () => {
  const child = spawn(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...suites], {
    cwd: root,
    env: { ...process.env, METRICAST_DOOR: "uws" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const [code]: (number | null)[] = await once(child, "close");
  expect({ code, tail: output.slice(-3_000) }).toEqual({
    code: 0,
    tail: expect.stringMatching(/\d+ passed, 0 failed, 0 skipped/),
  });
});
