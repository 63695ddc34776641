import { encodeSeriesInfo, type ListMessage, type WireChannel } from "@metricast/protocol";
import type { Channel } from "../../channels/channel.js";
import { compileSelect } from "../../views/select.js";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { refusingSelect } from "./refusing-select.js";
import { type Scopes, withScopes } from "./scopes.js";

const maxListed = 5_000;

/** Answers with the catalogue of one channel, or of all that the client may watch. */
export function list(session: Session, message: ListMessage, hub: Hub): Promise<void> {
  const names = message.channel === undefined ? [...hub.channels.keys()] : [message.channel];
  const items = names.map((channel) => ({ channel }));
  return withScopes(session, items, hub, (scopes) => answer(session, message, scopes, hub));
}

function answer(session: Session, message: ListMessage, scopes: Scopes, hub: Hub): void {
  if (!session.takesLargeReply) throw new Refusal("unavailable");
  if (message.channel !== undefined && !scopes.has(message.channel)) {
    throw new Refusal("forbidden", { field: "channel" });
  }
  const channels = [...scopes].flatMap(([name, scope]) => {
    const channel = hub.channels.get(name);
    return channel ? [describe(channel, message, scope)] : [];
  });
  if (channels.reduce((sum, { series }) => sum + series.length, 0) > maxListed)
    throw new Refusal("too_large");
  session.tell({ type: "series", id: message.id, channels });
}

function describe(
  channel: Channel,
  message: ListMessage,
  scope: Readonly<Record<string, string>>,
): WireChannel {
  const { name, kind, retentionMs } = channel;
  const select = refusingSelect(undefined, () => compileSelect(message.select, scope));
  if (channel.kind === "events") return { channel: name, kind, retentionMs, series: [] };
  const series = channel.merged.columns.series.filter(({ info }) => select.matches(info));
  return {
    channel: name,
    kind,
    intervalMs: channel.intervalMs,
    retentionMs,
    series: series.map(({ info }) => encodeSeriesInfo(info, true)),
  };
}
