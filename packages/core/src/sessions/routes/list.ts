import {
  encodeSeriesInfo,
  type ListMessage,
  type SeriesInfo,
  type WireChannel,
  type WireSeries,
} from "@metricast/protocol";
import type { Channel } from "../../channels/channel.js";
import { compileSelect } from "../../views/select.js";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { refusingSelect } from "./refusing-select.js";
import { type Scopes, withScopes } from "./scopes.js";

/** Of series in one answer: two of them may be on their way at once. */
const pageBytes = 100_000;

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
  const page = new ListPage(message.from ?? 0);
  const channels = [...scopes].flatMap(([name, scope]) => {
    const channel = hub.channels.get(name);
    return channel ? [describe(channel, message, scope, page)] : [];
  });
  session.tell({ type: "series", id: message.id, channels, ...(page.isFull && { next: page.end }) });
}

function describe(
  channel: Channel,
  message: ListMessage,
  scope: Readonly<Record<string, string>>,
  page: ListPage,
): WireChannel {
  const { name, kind, retentionMs } = channel;
  const select = refusingSelect(undefined, () => compileSelect(message.select, scope));
  if (channel.kind === "events") return { channel: name, kind, retentionMs, series: [] };
  const series = channel.merged.columns.series.filter(({ info }) => select.matches(info));
  return { channel: name, kind, intervalMs: channel.intervalMs, retentionMs, series: page.take(series) };
}

/** A part of the list of all channels' series, one after the other. */
class ListPage {
  /** Where the next one begins. */
  end: number;
  isFull = false;
  #seen = 0;
  #bytes = 0;

  constructor(from: number) {
    this.end = from;
  }

  /** Those of one channel's series that are on this page. */
  take(series: readonly { readonly info: SeriesInfo }[]): WireSeries[] {
    const first = Math.max(0, this.end - this.#seen);
    this.#seen += series.length;
    const taken: WireSeries[] = [];
    for (const { info } of series.slice(first)) {
      if (this.#bytes >= pageBytes) {
        this.isFull = true;
        break;
      }
      const described = encodeSeriesInfo(info, true);
      this.#bytes += JSON.stringify(described).length;
      this.end++;
      taken.push(described);
    }
    return taken;
  }
}
