import type { Answer } from "./line-process.js";
import { LineProcess } from "./line-process.js";
import type { Tools } from "./tools.js";

/** Runs a script of `src/` in a process of its own, on the server's core; resolves to the line of JSON it says. */
export async function runScript(
  tools: Tools,
  entry: string,
  {
    args = [],
    deadlineMs = 600_000,
  }: { readonly args?: readonly string[]; readonly deadlineMs?: number } = {},
): Promise<Answer> {
  const file = await tools.bundle(entry);
  const command = [process.execPath, "--expose-gc", "--enable-source-maps", file, ...args];
  const script = new LineProcess(entry, command, { core: tools.serverCore, env: { NODE_ENV: "production" } });
  try {
    return await script.hello(deadlineMs);
  } finally {
    await script.close();
  }
}
