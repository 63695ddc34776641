import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ArmName, type ArmSpec, armLabels } from "./drive/arm-spec.js";
import { runRounds } from "./drive/rounds.js";
import { RunningArm } from "./drive/running-arm.js";
import { medianOf } from "./drive/statistics.js";
import { prepareTools, type Tools } from "./drive/tools.js";

const clients = 20;
const series = 200;
const intervalMs = 1_000;
const options = { series, intervalMs };

function spec(arm: ArmName, more: Partial<ArmSpec> = {}): ArmSpec {
  return { label: armLabels[arm], arm, clients, options, ...more };
}

const binary = spec("metricast", { label: "binary", protocol: "metricast.v1.bin" });
const json = spec("metricast", { label: "JSON mode", protocol: "metricast.v1.json" });

const allPeers = ["ws-naive", "ws-once", "ws-frame", "socket.io", "sse"] as const;

describe.each([
  { name: "the load client in C, or in Node without a compiler", native: true, peers: allPeers },
  { name: "the load client in Node", native: false, peers: ["ws-once", "socket.io", "sse"] as const },
])("$name", ({ native, peers }) => {
  let tools: Tools;

  beforeAll(async () => {
    tools = await prepareTools({ native });
  }, 60_000);
  afterAll(() => tools.dispose());

  // Each arm's content is compared with the server's values, and after each burst what was sent with what arrived.
  test("every arm delivers what it sends", { timeout: 60_000 }, async () => {
    const limit = tools.native === undefined ? [] : [spec("c-write")];
    const specs = [binary, json, ...peers.map((arm) => spec(arm)), ...limit];
    const figures = await runRounds(tools, specs, {
      rounds: 1,
      burstMs: 50,
      warmUps: 0,
      warmUpTicks: 20,
      say: () => {},
    });
    for (const { label } of specs) expect(figures.get(label)?.[0]?.ticks, label).toBeGreaterThan(0);
    const bytes = (label: string) =>
      medianOf((figures.get(label) ?? []).map(({ payloadBytes }) => payloadBytes));
    expect(bytes(binary.label)).toBeLessThan(bytes(json.label));
    expect(bytes(json.label)).toBeLessThan(bytes(armLabels["ws-once"]) / 10);
  });

  test("several views of a session are each decoded", { timeout: 30_000 }, async () => {
    const halves = ["0.005", "0.01", "0.025", "0.05", "0.1"].map((le) => `*{le="${le}"}`);
    const others = ["0.25", "0.5", "1", "2.5", "10"].map((le) => `*{le="${le}"}`);
    const two = { ...binary, selects: [halves, others] };
    const figures = await runRounds(tools, [two], {
      rounds: 1,
      burstMs: 50,
      warmUps: 0,
      warmUpTicks: 0,
      say: () => {},
    });
    expect(figures.get(two.label)?.[0]?.ticks).toBeGreaterThan(0);
  });

  test("who claims to have sent what it did not fails the run", { timeout: 30_000 }, async () => {
    const liar = await RunningArm.start(tools, spec("ws-liar"));
    try {
      await liar.open();
      await liar.ask("deadline 500");
      await expect(liar.burst(1_000)).rejects.toThrow(/sent \d+ ticks, received \d+/);
    } finally {
      await liar.close();
    }
  });
});
