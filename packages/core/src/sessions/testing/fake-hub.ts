import type { Channel } from "../../channels/channel.js";
import type { Identity } from "../../contracts/identity.js";
import { Cost } from "../../health/cost.js";
import type { Report } from "../../health/reporter.js";
import { Stats } from "../../health/stats.js";
import { type NumberOptions, numberOptions } from "../../limit-options.js";
import { ViewRegistry } from "../../views/view-registry.js";
import type { Hub } from "../hub.js";
import { Inbox } from "../inbox.js";
import { MessageRate } from "../rate-limit.js";
import { fakeChannel, fakeEvents } from "./fake-channel.js";
import { FakeConnection, fakeSession } from "./fake-connection.js";

export const epoch = "0123456789abcdef";

const defaults = Object.fromEntries(
  Object.entries(numberOptions).map(([name, option]) => [name, option.default]),
) as NumberOptions;

export interface FakeHubOptions {
  readonly options?: Partial<NumberOptions>;
  readonly authorize?: Hub["authorize"];
  readonly tokens?: ReadonlyMap<string, Identity>;
  /** Of the session; null before `hello`. */
  readonly identity?: Identity | null;
}

/**
 * A client's messages and what becomes of them: channels `metrics` (with the series `a`, `b` and `c`, at tick 100),
 * `other`, `events` and `secret`, which nobody may watch unless `authorize` says so.
 */
export function fakeClient({
  options = {},
  authorize = (_, channel) => Promise.resolve(channel === "secret" ? undefined : {}),
  tokens = new Map(),
  identity = { id: "visitor" },
}: FakeHubOptions = {}) {
  const time = { ms: 0 };
  const stats = new Stats();
  const reports: Parameters<Report>[] = [];
  const metrics = fakeChannel();
  for (const name of ["a", "b", "c"])
    metrics.columns.add({ name, labels: { tenant: name === "c" ? "2" : "1" }, kind: "gauge" });
  for (let tick = 1; tick <= 100; tick += 1) metrics.tick(tick, [tick, 0, -tick]);
  const other = fakeChannel({ name: "other" });
  const events = fakeEvents();
  const secret = fakeChannel({ name: "secret" });
  const list: readonly Channel[] = [metrics.channel, other.channel, events, secret.channel];
  const numbers = { ...defaults, ...options };
  const hub: Hub = {
    instance: "web-1",
    epoch,
    options: numbers,
    channels: new Map(list.map((channel) => [channel.name, channel])),
    views: new ViewRegistry({
      epoch,
      maxViews: numbers.maxViews,
      lingerMs: numbers.viewLingerMs,
      logBounds: { maxFrames: numbers.frameLogFrames, maxBytes: numbers.frameLogBytes },
    }),
    stats,
    cost: new Cost({ monotonicMs: () => time.ms }),
    messageRate: new MessageRate(numbers),
    verifyToken: (token) => tokens.get(token),
    begun: () => undefined,
    nowMs: () => 1_000_000 + time.ms,
    monotonicMs: () => time.ms,
    authorize,
    report: (...report) => reports.push(report),
  };
  const connection = new FakeConnection();
  const { session, pong } = fakeSession({
    connection,
    identity,
    stats,
    now: () => time.ms,
    maxInFlightBytes: numbers.maxInFlightBytes,
  });
  const inbox = new Inbox(session, hub, () => session.leaveAll());
  return { hub, inbox, session, connection, pong, stats, reports, time, metrics, other, events, say };

  /** Sends a message and waits until it was answered as far as it can be. */
  async function say(message: unknown): Promise<void> {
    inbox.message(typeof message === "string" ? message : JSON.stringify(message));
    await settle();
  }
}

export type FakeClient = ReturnType<typeof fakeClient>;

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 30; round += 1) await Promise.resolve();
}
