import { createServer } from "node:net";
import type { Sample } from "@metricast/core";
import { expect, it } from "vitest";
import { runtimeResourcesSource } from "./runtime-resources.js";

const context = { now: 0, signal: new AbortController().signal };

async function read(source: ReturnType<typeof runtimeResourcesSource>): Promise<Sample[]> {
  const samples = await source.read(context);
  if (!Array.isArray(samples)) throw new Error("samples come as an array");
  return samples;
}

it("counts what keeps the loop alive by type, and shows a type that is gone as 0", async () => {
  const source = runtimeResourcesSource();
  const servers = async () =>
    (await read(source)).find(({ labels }) => labels?.type === "TCPServerWrap")?.value ?? "none";
  const before = await servers();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  expect(await servers()).toBe(before === "none" ? 1 : Number(before) + 1);
  await new Promise((resolve) => server.close(resolve));
  await expect.poll(servers).toBe(before === "none" ? 0 : before);
});

it("gives what the system counted, as Node has it", async () => {
  const samples = await read(runtimeResourcesSource());
  const usage = process.resourceUsage();
  const peak = samples.find(({ name }) => name === "process_rss_peak_bytes");
  expect(Number(peak?.value)).toBeGreaterThan(1_000_000);
  expect(Number(peak?.value)).toBeLessThanOrEqual(usage.maxRSS * 1_024);
  const faults = samples.filter(({ name }) => name === "process_page_faults_total");
  expect(faults.map(({ labels }) => labels?.kind)).toEqual(["minor", "major"]);
  expect(Number(faults[0]?.value)).toBeGreaterThan(0);
  expect(Number(faults[0]?.value)).toBeLessThanOrEqual(usage.minorPageFault);
});
