import { closeSync, existsSync, openSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { processSource } from "./process.js";

async function read(): Promise<Map<string, unknown>> {
  const samples = await processSource().read({ now: Date.now(), signal: new AbortController().signal });
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return new Map(
    samples.map(({ name, labels, value }): [string, unknown] => [
      [name, labels?.mode].join(" ").trim(),
      value,
    ]),
  );
}

describe("processSource", () => {
  it("gives CPU, memory and life of this process", async () => {
    const values = await read();
    const memory = process.memoryUsage();
    expect(Number(values.get("process_rss_bytes")) / memory.rss).toBeCloseTo(1, 0);
    expect(Number(values.get("process_heap_used_bytes"))).toBeLessThanOrEqual(
      Number(values.get("process_heap_total_bytes")),
    );
    expect(values.get("process_external_bytes")).toBeGreaterThanOrEqual(
      Number(values.get("process_array_buffers_bytes")),
    );
    const startSeconds = Number(values.get("process_started_at_seconds"));
    expect(startSeconds + Number(values.get("process_uptime_seconds"))).toBeCloseTo(Date.now() / 1_000, 0);
  });

  it("counts CPU seconds that only grow", async () => {
    const before = await read();
    const endMs = performance.now() + 30;
    while (performance.now() < endMs) JSON.stringify(process.memoryUsage());
    const after = await read();
    const cpu = (values: Map<string, unknown>) =>
      Number(values.get("process_cpu_usage_seconds_total user")) +
      Number(values.get("process_cpu_usage_seconds_total system"));
    expect(cpu(after) - cpu(before)).toBeGreaterThan(0.01);
    expect(cpu(after)).toBeCloseTo((process.cpuUsage().user + process.cpuUsage().system) / 1e6, 1);
  });

  it("counts open file descriptors where the system tells them", async () => {
    const before = (await read()).get("process_file_descriptors");
    expect(before !== undefined).toBe(existsSync("/proc/self/fd"));
    if (before === undefined) return;
    const fds = Array.from({ length: 5 }, () => openSync("/dev/null", "r"));
    expect(Number((await read()).get("process_file_descriptors"))).toBeGreaterThanOrEqual(Number(before) + 5);
    for (const fd of fds) closeSync(fd);
  });
});
