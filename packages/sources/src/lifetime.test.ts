import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** A process that reads all sources of the runtime, closes none of them and has nothing else to do. */
const script = `
  const { eventLoopSource, gcSource, processSource, httpTiming, runtimeResourcesSource, undiciSource } = await import(process.argv[1]);
  const context = { now: 0, signal: new AbortController().signal };
  const all = [eventLoopSource(), gcSource(), processSource(), httpTiming().source, runtimeResourcesSource(), undiciSource()];
  for (const source of all) {
    await source.read(context);
    await source.read(context);
  }
  console.log("read");
`;

describe("the sources of the runtime", () => {
  it("do not keep a process alive, even unclosed", () => {
    const index = fileURLToPath(new URL("./index.ts", import.meta.url));
    const flags = ["--import", "tsx", "--conditions", "metricast-src", "--input-type", "module"];
    const child = spawnSync(process.execPath, [...flags, "-e", script, index], {
      encoding: "utf8",
      timeout: 12_000,
    });
    expect(child.stderr).toBe("");
    expect(child.stdout).toBe("read\n");
    expect(child.status).toBe(0);
  });
});
