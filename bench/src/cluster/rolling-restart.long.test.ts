import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, until } from "@metricast/testkit";
import { afterEach, expect, test } from "vitest";
import { LineProcess } from "../drive/line-process.js";
import { ClusterStage } from "./stage.js";

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The one of the example. */
async function haproxy(ports: readonly number[]): Promise<string> {
  const config = fileURLToPath(new URL("../../../examples/cluster/haproxy.cfg", import.meta.url));
  const port = await freePort();
  const servers = Object.fromEntries(ports.map((one, k) => [`WEB_${k + 1}_PORT`, `${one}`]));
  const proxy = new LineProcess("haproxy", ["haproxy", "-db", "-f", config], {
    core: undefined,
    env: { PORT: `${port}`, ...servers },
  });
  ends.push(() => proxy.close());
  const isUp = async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))?.ok === true;
  await until(isUp, 15_000, () => `HAProxy is up: ${proxy.said}`);
  return `ws://127.0.0.1:${port}/metricast/`;
}

test("while all instances are restarted in turn every client's chart gets every point that any of them read", async () => {
  const instances = ["a", "b", "c"];
  const stage = await ClusterStage.start({ instances, intervalMs: 500, series: 50 });
  ends.push(() => stage.stop());
  const url = await haproxy([...stage.ports.values()]);
  await stage.addClients(url, 60);
  await stage.level(Date.now());
  for (const name of instances) {
    await stage.stopInstance(name);
    await stage.startInstance(name);
    await stage.level(Date.now());
    // As in a deploy, each lives for a while before the next one goes.
    await pause(3_000);
  }
  await stage.whole();
  for (const verdict of await stage.judge()) {
    expect(verdict).toMatchObject({ lost: 0, disordered: 0, gaps: [], examples: [] });
    expect(verdict.points).toBeGreaterThan(60 * 3 * 20);
    // Each was sent away at least once, and back at once.
    expect(Math.min(...verdict.connections)).toBeGreaterThan(0);
    expect(verdict.connections.some((count) => count > 1)).toBe(true);
  }
});
