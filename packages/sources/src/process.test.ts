import { closeSync, existsSync, openSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { processSource } from "./process.js";

async function read(): Promise<Map<string, unknown>> {
  const samples = await processSource().read({ now: 0, signal: new AbortController().signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return new Map(samples.map(({ name, value }): [string, unknown] => [name, value]));
}

describe("processSource", () => {
  it("gives CPU, memory and life of this process", async () => {
    const values = await read();
    const memory = process.memoryUsage();
    expect(Number(values.get("process_resident_memory_bytes")) / memory.rss).toBeCloseTo(1, 0);
    expect(Number(values.get("process_heap_used_bytes"))).toBeLessThanOrEqual(
      Number(values.get("process_heap_total_bytes")),
    );
    expect(values.get("process_external_memory_bytes")).toBeGreaterThanOrEqual(
      Number(values.get("process_array_buffers_bytes")),
    );
    const startSeconds = Number(values.get("process_start_time_seconds"));
    expect(startSeconds + Number(values.get("process_uptime_seconds"))).toBeCloseTo(Date.now() / 1_000, 0);
  });

  it("counts CPU seconds that only grow", async () => {
    const before = await read();
    const endMs = performance.now() + 30;
    while (performance.now() < endMs) JSON.stringify(process.memoryUsage());
    const after = await read();
    const cpu = (values: Map<string, unknown>) =>
      Number(values.get("process_cpu_user_seconds_total")) +
      Number(values.get("process_cpu_system_seconds_total"));
    expect(cpu(after) - cpu(before)).toBeGreaterThan(0.01);
    expect(cpu(after)).toBeCloseTo((process.cpuUsage().user + process.cpuUsage().system) / 1e6, 1);
  });

  it("counts open file descriptors where the system tells them", async () => {
    const before = (await read()).get("process_open_fds");
    expect(before !== undefined).toBe(existsSync("/proc/self/fd"));
    if (before === undefined) return;
    const fds = Array.from({ length: 5 }, () => openSync("/dev/null", "r"));
    expect(Number((await read()).get("process_open_fds"))).toBeGreaterThanOrEqual(Number(before) + 5);
    for (const fd of fds) closeSync(fd);
  });
});
