import type { EventsChannel } from "./events-channel.js";
import type { MetricsChannel } from "./metrics-channel.js";

/** A named set of series, or of typed events, with one retention and one permission. */
export type Channel = MetricsChannel | EventsChannel;
