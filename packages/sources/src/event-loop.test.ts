import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventLoopSource } from "./event-loop.js";

const context = { now: 0, signal: new AbortController().signal };

function read(source: ReturnType<typeof eventLoopSource>): Map<string, number> {
  const samples = source.read(context);
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return new Map(samples.map(({ name, value }): [string, number] => [name, Number(value)]));
}

/** Reads until the monitor's own timer has fired at least once since the last read. */
async function readRecorded(source: ReturnType<typeof eventLoopSource>): Promise<Map<string, number>> {
  for (;;) {
    await sleep(20);
    const values = read(source);
    if (values.has("event_loop_delay_p50_seconds")) return values;
  }
}

function delaysOf(values: ReadonlyMap<string, number>) {
  const delay = (which: string) => values.get(`event_loop_delay_${which}_seconds`);
  return { p50: delay("p50"), mean: delay("mean"), max: delay("max") };
}

function block(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe("eventLoopSource", () => {
  it("gives the utilization at once and delays once there are some", async () => {
    const source = eventLoopSource();
    expect([...read(source).keys()]).toEqual(["event_loop_utilization_ratio"]);
    const values = await readRecorded(source);
    expect([...values.keys()]).toEqual([
      "event_loop_delay_p50_seconds",
      "event_loop_delay_p99_seconds",
      "event_loop_delay_mean_seconds",
      "event_loop_delay_max_seconds",
      "event_loop_utilization_ratio",
    ]);
    for (const value of values.values()) expect(value).toBeGreaterThanOrEqual(0);
    source.close?.();
  });

  it("sees a blocked loop, once", async () => {
    const source = eventLoopSource();
    read(source);
    await readRecorded(source);
    await sleep(30);
    block(400);
    const blocked = await readRecorded(source);
    expect(blocked.get("event_loop_delay_max_seconds")).toBeGreaterThan(0.3);
    expect(blocked.get("event_loop_utilization_ratio")).toBeGreaterThan(0.5);
    const after = await readRecorded(source);
    expect(after.get("event_loop_delay_max_seconds")).toBeLessThan(0.3);
    source.close?.();
  });

  it("sees a block that begins right after a read, before the monitor has recorded anything", async () => {
    const source = eventLoopSource();
    read(source);
    await readRecorded(source);
    block(400);
    const { max, mean } = delaysOf(await readRecorded(source));
    expect(max).toBeGreaterThan(0.3);
    expect(mean).toBeGreaterThan(0.01);
    source.close?.();
  });

  it("sees a loop that was blocked from one read to the next", () => {
    const source = eventLoopSource();
    read(source);
    block(400);
    const { p50, max } = delaysOf(read(source));
    expect(p50).toBeGreaterThan(0.3);
    expect(max).toBe(p50);
    source.close?.();
  });

  it("starts anew after close", async () => {
    const source = eventLoopSource();
    read(source);
    source.close?.();
    source.close?.();
    await sleep(30);
    expect([...read(source).keys()]).toEqual(["event_loop_utilization_ratio"]);
    source.close?.();
  });
});
