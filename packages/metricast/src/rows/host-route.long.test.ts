import { get } from "node:http";
import { noteFigure, WireClient } from "@metricast/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type Guest, hostWith } from "./sample-host.js";

// What a host's own route takes beside a guest, in turn with one that has none. Benchmarks measure it at full size: row 10.

vi.setConfig({ testTimeout: 120_000 });

const rounds = 3;
const requests = 200;
const clients = 200;

async function p99Of(port: number): Promise<number> {
  const took: number[] = [];
  for (let request = 0; request < requests; request += 1) {
    const fromMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      get({ port, path: "/api", agent: false }, (response) => response.resume().on("end", resolve)).on(
        "error",
        reject,
      );
    });
    took.push(performance.now() - fromMs);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return took.sort((a, b) => a - b)[Math.floor(requests * 0.99)] ?? 0;
}

/** The 99th percentile of its route beside this guest, and of one without, in milliseconds: the middle one of the rounds. */
async function compared(guest: Guest, watch: (port: number) => Promise<void>) {
  const [beside, alone] = await Promise.all([hostWith(guest), hostWith("nobody")]);
  await watch(beside.port);
  const figures: { readonly beside: number; readonly alone: number }[] = [];
  for (let round = 0; round < rounds; round += 1)
    figures.push({ alone: await p99Of(alone.port), beside: await p99Of(beside.port) });
  const middle = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  return {
    beside: middle(figures.map((one) => one.beside)),
    alone: middle(figures.map((one) => one.alone)),
  };
}

describe("the host's own route", () => {
  test(`takes as long beside a metricast with ${clients} clients at ten ticks a second`, async ({ task }) => {
    const { beside, alone } = await compared("metricast", async (port) => {
      for (let at = 0; at < clients; at += 1) {
        const client = await WireClient.open(`ws://127.0.0.1:${port}/metricast/`);
        onTestFinished(() => client.peer.destroy());
        await client.watch();
      }
    });
    noteFigure(task, `p99 ${beside.toFixed(1)} ms, ${alone.toFixed(1)} ms without metricast`);
    expect(beside - alone).toBeLessThan(Math.max(5, alone));
  });

  test("twin: a guest that computes 150 ms twice a second is noticed by this", async () => {
    const { beside, alone } = await compared("one that computes", async () => {});
    expect(beside - alone).toBeGreaterThan(Math.max(5, alone));
  });
});
