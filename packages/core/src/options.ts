import type { AlertOptions } from "./alerts/rule.js";
import type { Follow } from "./cluster/interest.js";
import type { Clock } from "./contracts/clock.js";
import type { Handshake } from "./contracts/connection.js";
import type { Identity } from "./contracts/identity.js";
import type { Logger } from "./contracts/logger.js";
import type { Random } from "./contracts/random.js";
import type { Source, SourceFunction } from "./contracts/source.js";
import type { Store } from "./contracts/store.js";
import type { HttpRequest } from "./http/message.js";
import type { NumberOptionName } from "./limit-options.js";
import type { PresetName } from "./presets.js";

/** Everything a host may set. Numbers, their defaults and bounds: `limit-options.ts`. */
export interface MetricastOptions extends Partial<Record<NumberOptionName, number>> {
  /** Default: `production` where NODE_ENV is that, else `development`. */
  readonly preset?: PresetName;
  /** Name shared by all instances of one service. Default `service`. */
  readonly service?: string;
  /** Name of this process, stable across restarts. Default: HOSTNAME and the worker's number. */
  readonly instance?: string;
  /** Path under which clients connect and HTTP routes are mounted. Default `/metricast`. */
  readonly path?: string;
  /** Sources of the `metrics` channel. */
  readonly sources?: readonly (Source | SourceFunction)[];
  /** Further channels by name; `metrics` and `events` are always there and may be adjusted here. */
  readonly channels?: Readonly<Record<string, ChannelOptions>>;
  /** Where batches go beyond the process. Default: nowhere. */
  readonly store?: Store;

  /** Decides by the handshake who a client is; null: not known, a ticket or token must follow in `hello`. A throw refuses. */
  readonly authenticate?: (handshake: Handshake) => Identity | null | Promise<Identity | null>;
  /**
   * Whether an identity may watch a channel, and the label scope it is held to. Events carry no labels: an identity
   * with a scope sees none. Default: every channel. A throw refuses.
   */
  readonly authorize?: (identity: Identity, channel: string) => Authorization | Promise<Authorization>;
  /** Who asks for a ticket, by the request to the handler, which stands behind the host's own login. Default: `visitor`. */
  readonly identify?: (request: HttpRequest) => Identity | null | Promise<Identity | null>;
  /** Signs tickets and start tokens; at least 16 characters, the same on every instance. Default: random. */
  readonly secret?: string;
  /** Several secrets while they are being rotated: the first signs, all verify. */
  readonly secrets?: readonly string[];
  /**
   * What `/metrics` asks of a scraper, as `Authorization: Bearer …`; at least 16 characters. Default: whom `identify` or
   * `authenticate` knows; where neither is set, whoever reaches the handler that the host mounted.
   */
  readonly metricsToken?: string;
  /**
   * Keeps the start token the same over restarts while nothing is decided; unlike `secret` it lets nobody in. At least 16
   * characters. Default: random; `metricast()` keeps one for a project in development.
   */
  readonly startSecret?: string;
  /** Serves everybody without credentials. Default false. */
  readonly public?: boolean;
  /** Origins allowed besides the same one: scheme, host and port, as `https://app.example.com`. */
  readonly origins?: readonly string[];
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-For is believed. Default: none. */
  readonly trustProxy?: readonly string[];
  /** Whether this runs in production, where nothing is served unless it was decided who may watch. Default: NODE_ENV. */
  readonly production?: boolean;
  /**
   * Whether metricast does less of its own work while the host's event loop runs late: first it leaves out ticks, then it
   * gives sessions last values only. Default true; when: `shedLateMs` and `shedLastValuesLateMs`.
   */
  readonly shed?: boolean;

  /** What is watched for, and where it is posted; as it happens it is told by `on("alert")` and the channel `alerts`. */
  readonly alerts?: AlertOptions;

  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** `false` and `null` refuse; a scope narrows what is shown to series with these labels. */
export type Authorization = boolean | null | { readonly scope: Readonly<Record<string, string>> };

export interface ChannelOptions {
  /** Default `metrics`. */
  readonly kind?: "metrics" | "events";
  /** Time between two ticks. Default: the option `intervalMs`. */
  readonly intervalMs?: number;
  /** How long its history is kept. Default: the option `retentionMs`. */
  readonly retentionMs?: number;
  readonly sources?: readonly (Source | SourceFunction)[];
  /**
   * Whether what other instances store of it is read `always`, so that the past of all is kept here, or only while somebody
   * here watches it. Default `always`; `watched` for `metricast`.
   */
  readonly follow?: Follow;
}
