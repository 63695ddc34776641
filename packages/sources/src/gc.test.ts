import { describe, expect, it, vi } from "vitest";
import { gcSource } from "./gc.js";

const context = { now: 0, signal: new AbortController().signal };

function runs(source: ReturnType<typeof gcSource>, name = "gc_runs_total"): number {
  const samples = source.read(context);
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + Number(value), 0);
}

/** Litters until the collector has had to run. */
function litter(): void {
  for (let round = 0; round < 50; round++)
    JSON.parse(JSON.stringify(Array.from({ length: 20_000 }, () => ({ round }))));
}

describe("gcSource", () => {
  it("gives every kind from the first read on", () => {
    const source = gcSource();
    const samples = source.read(context);
    expect(samples).toHaveLength(8);
    expect(samples).toContainEqual({
      name: "gc_seconds_total",
      labels: { kind: "major" },
      value: 0,
      kind: "counter",
      unit: "seconds",
      help: "Time spent in garbage collections.",
    });
    source.close?.();
  });

  it("counts collections and their seconds, each once", async () => {
    const source = gcSource();
    expect(runs(source)).toBe(0);
    litter();
    await vi.waitFor(() => expect(runs(source)).toBeGreaterThan(0));
    expect(runs(source, "gc_seconds_total")).toBeGreaterThan(0);
    expect(runs(source, "gc_seconds_total") / runs(source)).toBeLessThan(0.5);
    source.close?.();
  });

  it("counts no more after close", async () => {
    const source = gcSource();
    runs(source);
    source.close?.();
    source.close?.();
    litter();
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs(source)).toBe(0);
    source.close?.();
  });
});
