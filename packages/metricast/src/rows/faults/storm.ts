import { connect, type MetricastClient, type Subscription } from "@metricast/client";
import { noteFigure, until } from "@metricast/testkit";
import { expect, onTestFinished, type TestContext } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../index.js";
import type { Door } from "./door.js";
import { FaultService } from "./fault-service.js";
import { tickVerdict } from "./tick-ledger.js";

export interface StormOptions {
  readonly door: Door;
  readonly clients: number;
  /** The bound of the clients' random delay. */
  readonly windowMs: number;
  /** How much slower than on a quiet machine it may be: hangs are found all the same. */
  readonly patience: number;
}

/** All clients lose their sockets at once, and come back in their own time. */
export async function storm(
  task: TestContext["task"],
  { door, clients: count, windowMs, patience }: StormOptions,
) {
  const service = await FaultService.start({
    door,
    options: "{ heartbeatMs: 60_000, deadAfterMs: 600_000, intervalMs: 1_000 }",
  });
  const crowd: { readonly client: MetricastClient; readonly subscription: Subscription }[] = [];
  onTestFinished(() => {
    for (const { client } of crowd) client.close();
  });
  let resumed = 0;
  for (let at = 0; at < count; at += 1) {
    const client = connect(service.url, {
      WebSocket,
      transport: door.transport,
      reconnect: { minMs: windowMs, maxMs: windowMs },
      connectTimeoutMs: 60_000,
    });
    const subscription = client.subscribe();
    subscription.on("resumed", () => (resumed += 1));
    crowd.push({ client, subscription });
    // In steps, so that the beginning is no storm.
    if (at % 100 === 99) await until(() => live(crowd) > at - 100, 60_000, "clients of before");
  }
  await until(
    () => live(crowd) === count,
    120_000,
    () => `${live(crowd)} of ${count} live`,
  );
  await service.report();
  const fromMs = systemClock.monotonicMs();
  await service.command("drop");
  await until(
    () => resumed >= count,
    180_000,
    () => `${resumed} of ${count} resumed`,
  );
  const backMs = systemClock.monotonicMs() - fromMs;
  const { turnMs } = await service.report();
  const verdicts = crowd.map(({ subscription }) => tickVerdict(subscription, 1_000));
  const wrong = verdicts.filter(({ lost, doubled, wrong: off }) => lost + doubled + off > 0).length;
  noteFigure(
    task,
    `${count} clients back after ${(backMs / 1_000).toFixed(1)} s (window ${windowMs / 1_000} s); the loop computed at most ${Math.round(turnMs)} ms; ledgers with a fault ${wrong}`,
  );
  expect(wrong).toBe(0);
  expect(backMs).toBeLessThan((windowMs + 5_000) * patience);
  expect(turnMs).toBeLessThan(100 * patience);
}

function live(crowd: readonly { readonly client: MetricastClient }[]): number {
  return crowd.filter(({ client }) => client.state.name === "live").length;
}
