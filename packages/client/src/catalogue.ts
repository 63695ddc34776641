import {
  type Block,
  decodeBlock,
  decodeSeriesInfo,
  type MergeWish,
  type SeriesInfo,
  type ServerMessage,
} from "@metricast/protocol";

export interface QueryOptions extends MergeWish {
  /** Default: `metrics`. */
  readonly channel?: string;
  /** Patterns of series. Default: everything. */
  readonly select?: string | readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  /** Points per series at most. Default: 300. */
  readonly points?: number;
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

/** Adds a page of a list to what came before it; gives where the next begins. Throws for no answer to `list`. */
export function readPage(channels: Map<string, ChannelInfo>, message: ServerMessage): number | undefined {
  if (message.type !== "series") throw new TypeError();
  for (const one of message.channels) {
    const { series = [] } = channels.get(one.channel) ?? {};
    channels.set(one.channel, { ...one, series: [...series, ...one.series.map(decodeSeriesInfo)] });
  }
  return message.next;
}
