import {
  type Block,
  decodeBlock,
  decodeSeriesInfo,
  type Merge,
  type SeriesInfo,
  type ServerMessage,
} from "@metricast/protocol";

export interface QueryOptions {
  /** Default: `metrics`. */
  readonly channel?: string;
  /** Patterns of series. Default: everything. */
  readonly select?: string | readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  /** Points per series at most. Default: 300. */
  readonly points?: number;
  readonly merge?: Merge;
}

/** Points of a range; `intervalMs` makes its ticks times. */
export interface QueryBlock extends Block {
  readonly channel: string;
  readonly intervalMs: number;
}

/** A channel this client may watch. */
export interface ChannelInfo {
  readonly channel: string;
  readonly kind: "metrics" | "events";
  readonly intervalMs?: number;
  readonly retentionMs: number;
  readonly series: readonly SeriesInfo[];
}

/** Throws for a message that is no answer to `query`. */
export function readResult(message: ServerMessage): QueryBlock[] {
  if (message.type !== "result") throw new TypeError();
  return message.items.map((item) => {
    const { channel, intervalMs } = item;
    return { channel, intervalMs, ...decodeBlock(item, () => undefined) };
  });
}

/** Throws for a message that is no answer to `list`. */
export function readChannels(message: ServerMessage): ChannelInfo[] {
  if (message.type !== "series") throw new TypeError();
  return message.channels.map((channel) => ({ ...channel, series: channel.series.map(decodeSeriesInfo) }));
}
