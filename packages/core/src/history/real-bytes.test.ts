import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const megabyte = 1_048_576;
/** What is held may take more than the budget: objects are counted by what they usually take. */
const tolerance = 1.1;

const many = { channels: 1, series: 500, ticks: 4_500 };

/** Fills histories in a process of its own, so that nothing else is in what is measured. */
async function fill(wanted: { channels: number; series: number; ticks: number; forgetful?: boolean }) {
  const script = new URL("testing/fill-to-budget.ts", import.meta.url).pathname;
  const limitBytes = 4 * megabyte;
  const flags = ["--expose-gc", "--no-flush-bytecode", "--conditions=metricast-src", "--import", "tsx"];
  const given = JSON.stringify({ limitBytes, ...wanted });
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, given]);
  const taken: { realBytes: number; usedBytes: number; evictions: number; bytes: number } =
    JSON.parse(stdout);
  return { ...taken, limitBytes };
}

describe("the budget, measured after garbage collection", { timeout: 120_000 }, () => {
  it("holds for many series in one channel", async () => {
    const { realBytes, usedBytes, bytes, evictions, limitBytes } = await fill(many);
    expect(evictions).toBeGreaterThan(0);
    expect(bytes).toBe(usedBytes);
    expect(usedBytes).toBeLessThanOrEqual(limitBytes);
    expect(realBytes).toBeLessThan(limitBytes * tolerance);
    expect(realBytes).toBeGreaterThan(limitBytes * 0.85);
  });

  it("holds for few series in each of many channels, where objects count more than numbers", async () => {
    const { realBytes, evictions, limitBytes } = await fill({ channels: 40, series: 10, ticks: 6_500 });
    expect(evictions).toBeGreaterThan(0);
    expect(realBytes).toBeLessThan(limitBytes * tolerance);
    expect(realBytes).toBeGreaterThan(limitBytes * 0.85);
  });

  it("would not where half of what is packed was forgotten", async () => {
    const { realBytes, limitBytes } = await fill({ ...many, forgetful: true });
    expect(realBytes).toBeGreaterThan(limitBytes * tolerance);
  });
});
