import { noteFigure, until } from "@metricast/testkit";
import { describe, expect, test, vi } from "vitest";
import { abroad } from "./abroad.js";
import { doors } from "./door.js";
import { FaultClient } from "./fault-client.js";
import { FaultService } from "./fault-service.js";

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

describe.each(doors)("through $name", (door) => {
  test("F21: over a network that loses packets everything arrives once, and nobody reconnects", async ({
    task,
  }) => {
    const { host, under, portFor, lose, losses } = abroad();
    const leastLost = under.length > 0 ? 20 : 0;
    const service = await FaultService.start({
      door,
      host,
      // Some packets for each tick, so that one in twenty is one every other tick.
      options: `{ sources: [({ now }) => ({
        tick: now / 100, ...Object.fromEntries(Array.from({ length: 600 }, (_, k) => ["noise_" + k, Math.random()])),
      })] }`,
    });
    const clean = await (await service.open()).watch();
    const url = `ws://${host}:${await portFor(service.port)}/metricast/`;
    const client = await FaultClient.start(url, door.transport, under);
    await until(async () => (await client.verdict()).shown > 3, 30_000, "ticks");
    lose();
    const { shown } = await client.verdict();
    const isLong = async () => (await client.verdict()).shown > shown + 100 && losses().lost >= leastLost;
    await until(isLong, 60_000, () => `100 ticks, ${JSON.stringify(losses())}`);
    const { outcomes, ...verdict } = await client.verdict();
    const { lost, sent } = losses();
    noteFigure(
      task,
      under.length > 0
        ? `${lost} of ${sent} packets lost on the link; ${verdict.lost} of ${verdict.shown} ticks lost, ${verdict.doubled} doubled`
        : `a proxy that holds every other 200 ms in place of loss; ${verdict.lost} of ${verdict.shown} ticks lost`,
    );
    expect(verdict).toMatchObject({ lost: 0, doubled: 0, wrong: 0 });
    expect(outcomes).toEqual([]);
    // Missing is what was not sampled, on a machine that had no time for it: without loss it is missing, too.
    const sampled = clean.frames.map(({ tick }) => tick);
    const unsampled = (sampled.at(-1) ?? 0) - (sampled[0] ?? 0) + 1 - sampled.length;
    expect(verdict.declared).toBeLessThanOrEqual(unsampled);
  });
});
