import type { Channel } from "../channels/channel.js";
import type { Identity } from "../contracts/identity.js";
import type { Cost } from "../health/cost.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { NumberOptions } from "../limit-options.js";
import type { ViewRegistry } from "../views/view-registry.js";
import type { MessageRate } from "./rate-limit.js";

/** What the routes reach of the rest. */
export interface Hub {
  readonly instance: string;
  readonly epoch: string;
  readonly options: NumberOptions;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly views: ViewRegistry;
  readonly stats: Stats;
  /** Counts the time that clients' messages take. */
  readonly cost: Pick<Cost, "measure" | "measureSome">;
  readonly messageRate: MessageRate;
  /** Resolves, after so long at most, when positions that other instances gave out mean something here. */
  begun(): Promise<void> | undefined;
  /** Who a token in `hello` stands for. */
  verifyToken(token: string): Identity | undefined;
  /** Wall time on a steady base. */
  nowMs(): number;
  /** The monotonic clock. */
  monotonicMs(): number;
  /** The label scope an identity is held to on a channel; undefined where it may not watch it. */
  authorize(identity: Identity, channel: string): Promise<Readonly<Record<string, string>> | undefined>;
  readonly report: Report;
}
