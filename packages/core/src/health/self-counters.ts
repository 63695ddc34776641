import type { Stats } from "./stats.js";

interface SelfCounter {
  readonly name: string;
  readonly help: string;
  readonly unit?: string;
}

type CounterName = keyof Stats;

/** Every counter of `Stats` by the name it is shown under. */
export const selfCounters: Readonly<Record<CounterName, SelfCounter>> = {
  accepted: { name: "metricast_connections_total", help: "Connections accepted." },
  closed: { name: "metricast_disconnections_total", help: "Connections that ended." },
  refused: { name: "metricast_connections_refused_total", help: "Handshakes refused before the upgrade." },
  overLimit: {
    name: "metricast_connections_over_limit_total",
    help: "Connections told to come back because of maxClients.",
  },
  dead: { name: "metricast_connections_dead_total", help: "Connections ended because nothing was heard." },
  messagesIn: { name: "metricast_messages_received_total", help: "Messages from clients." },
  messagesOut: { name: "metricast_messages_sent_total", help: "Messages to clients." },
  bytesOut: { name: "metricast_sent_bytes_total", help: "Bytes of messages to clients.", unit: "bytes" },
  clientErrors: { name: "metricast_client_errors_total", help: "Errors answered to clients." },
  rateLimited: { name: "metricast_rate_limited_total", help: "Messages refused for their rate." },
  framesBuilt: { name: "metricast_frames_built_total", help: "Frames encoded, each once for all who watch." },
  framesSent: { name: "metricast_frames_sent_total", help: "Frames sent to sessions." },
  keyframesSent: { name: "metricast_keyframes_sent_total", help: "Keyframes sent to sessions." },
  blocksSent: { name: "metricast_blocks_sent_total", help: "Blocks of history sent to sessions." },
  ticksMerged: {
    name: "metricast_ticks_merged_total",
    help: "Ticks that sessions got merged into coarser blocks.",
  },
  ticksSkipped: {
    name: "metricast_ticks_skipped_total",
    help: "Ticks that sessions did not get in any form.",
  },
  eventsSent: { name: "metricast_events_sent_total", help: "Events sent to sessions." },
  sendsRefused: { name: "metricast_sends_refused_total", help: "Sends that a transport did not accept." },
  ticks: { name: "metricast_ticks_total", help: "Ticks sampled." },
  ticksMissed: {
    name: "metricast_ticks_missed_total",
    help: "Ticks passed over while the process was held up.",
  },
  ticksShed: {
    name: "metricast_ticks_shed_total",
    help: "Ticks left out to spare the host, as its event loop ran late.",
  },
  sourceFailures: { name: "metricast_source_failures_total", help: "Sources that threw or rejected." },
  sourceTimeouts: { name: "metricast_source_timeouts_total", help: "Sources that did not answer in time." },
  samplesRejected: { name: "metricast_samples_rejected_total", help: "Samples dropped as malformed." },
  samplesOverflowed: {
    name: "metricast_samples_overflowed_total",
    help: "Samples that went to an overflow series.",
  },
  events: { name: "metricast_events_total", help: "Events given by the host." },
  alertsFired: { name: "metricast_alerts_fired_total", help: "Alerts that this instance told of." },
  alertsResolved: {
    name: "metricast_alerts_resolved_total",
    help: "Alerts that this instance told the end of.",
  },
  alertsDropped: {
    name: "metricast_alerts_dropped_total",
    help: "Alerts not told, as maxActiveAlerts fire already.",
  },
  alertDeliveries: { name: "metricast_alert_deliveries_total", help: "Alerts that the webhook took." },
  alertsUndelivered: {
    name: "metricast_alerts_undelivered_total",
    help: "Alerts that the webhook did not take, and that were given up.",
  },
  hookFailures: { name: "metricast_hook_failures_total", help: "Hooks of the host that failed or hung." },
  listenerFailures: { name: "metricast_listener_failures_total", help: "Listeners of the host that threw." },
};
