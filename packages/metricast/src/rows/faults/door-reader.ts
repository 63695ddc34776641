import { connect, type MetricastClient, type Subscription } from "@metricast/client";
import { SsePeer, upgradeRequest, WireClient } from "@metricast/testkit";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Door } from "./door.js";
import { type TickVerdict, tickVerdict } from "./tick-ledger.js";

/** A reader of everything that does nothing by itself, whichever door it came by. */
export interface DoorReader {
  /** Of the goodbye, or of the close. */
  code(): number | undefined;
  pause(): void;
}

const base = (port: number) => `127.0.0.1:${port}/metricast/`;

/** Ended with the test. */
export async function openReader({ transport }: Door, port: number): Promise<DoorReader> {
  if (transport === "stream") {
    const peer = await SsePeer.open(`http://${base(port)}stream`);
    onTestFinished(() => peer.destroy());
    return { code: () => peer.of("bye")[0]?.code, pause: () => peer.pause() };
  }
  const client = await WireClient.open(`ws://${base(port)}`);
  onTestFinished(() => client.peer.destroy());
  await client.watch();
  return { code: () => client.peer.closeCode, pause: () => client.peer.pause() };
}

/** What such a reader opens with, as bytes to cut. */
export function openingOf({ transport }: Door, port: number): string {
  return transport === "stream"
    ? `GET /metricast/stream HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`
    : upgradeRequest(`ws://${base(port)}`);
}

export interface Watcher {
  readonly client: MetricastClient;
  readonly subscription: Subscription;
  readonly outcomes: readonly string[];
  verdict(everyMs?: number): TickVerdict;
}

/** The client library, which comes back by itself. Ended with the test. */
export function watchThrough({ transport }: Door, port: number, select: readonly string[] = ["*"]): Watcher {
  const client = connect(`http://${base(port)}`, {
    WebSocket,
    transport,
    reconnect: { minMs: 20, maxMs: 200 },
  });
  onTestFinished(() => client.close());
  const subscription = client.subscribe({ select });
  const outcomes: string[] = [];
  subscription.on("resumed", ({ outcome }) => outcomes.push(outcome));
  return { client, subscription, outcomes, verdict: (everyMs) => tickVerdict(subscription, everyMs) };
}
