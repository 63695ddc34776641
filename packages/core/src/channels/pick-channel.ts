import { MetricastError } from "../errors.js";
import type { Channel } from "./channel.js";
import type { EventsChannel } from "./events-channel.js";
import type { MetricsChannel } from "./metrics-channel.js";

/** Which channel a call of the host is for. */
export interface ChannelPick {
  readonly channel?: string;
}

type Channels = ReadonlyMap<string, Channel>;

/** Throws MC_CHANNEL_UNKNOWN, MC_CHANNEL_KIND. */
export function metricsChannel(channels: Channels, name = "metrics"): MetricsChannel {
  const channel = known(channels, name);
  if (channel.kind === "metrics") return channel;
  throw new MetricastError("MC_CHANNEL_KIND", `channel "${name}" carries events`, { channel: name });
}

/** Throws MC_CHANNEL_UNKNOWN, MC_CHANNEL_KIND. */
export function eventsChannel(channels: Channels, name = "events"): EventsChannel {
  const channel = known(channels, name);
  if (channel.kind === "events") return channel;
  throw new MetricastError("MC_CHANNEL_KIND", `channel "${name}" carries metrics`, { channel: name });
}

function known(channels: Channels, name: string): Channel {
  const channel = channels.get(name);
  if (channel) return channel;
  throw new MetricastError("MC_CHANNEL_UNKNOWN", `there is no channel "${name}"`, { channel: name });
}
