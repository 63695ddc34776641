import {
  encodeBlock,
  protocolLimits,
  type QueryItem,
  type QueryMessage,
  slotCount,
} from "@metricast/protocol";
import type { MetricsChannel } from "../../channels/metrics-channel.js";
import { compileSelect } from "../../views/select.js";
import type { Hub } from "../hub.js";
import type { Session } from "../session.js";
import { Refusal } from "./refusal.js";
import { refusingSelect } from "./refusing-select.js";
import { scopesOf } from "./scopes.js";

/** Points times slots that one answer may hold: about a megabyte of JSON. */
const maxCells = 50_000;
const defaultPoints = 300;

/** Answers with one block per item. */
export async function query(session: Session, message: QueryMessage, hub: Hub): Promise<void> {
  const scopes = await scopesOf(session, message.items, hub);
  if (!session.isOpen) return;
  let cells = 0;
  const items = message.items.map((item, index) => {
    const channel = hub.channels.get(item.channel);
    const scope = scopes.get(item.channel);
    if (channel?.kind !== "metrics" || !scope)
      throw new Refusal("forbidden", { field: "channel", item: index });
    const range = rangeOf(channel, item, index);
    const select = refusingSelect(index, () => compileSelect(item.select, scope));
    const series = channel.feed.columns.series.filter(({ info }) => select.matches(info));
    const slots = series.reduce((sum, { info }) => sum + slotCount(info), 0);
    cells += (slots * (range.toTick - range.fromTick)) / range.stepTicks;
    if (cells > maxCells) throw new Refusal("too_large", { item: index });
    const block = channel.read(series, range.fromTick, range.toTick, range.stepTicks);
    return { channel: channel.name, intervalMs: channel.intervalMs, ...encodeBlock(block, () => undefined) };
  });
  session.tell({ type: "result", id: message.id, items });
}

function rangeOf(channel: MetricsChannel, item: QueryItem, index: number) {
  if (item.to < item.from) throw new Refusal("invalid_message", { field: "to", item: index });
  const head = channel.headTick ?? 0;
  const toTick = Math.min(Math.floor(item.to / channel.intervalMs), head);
  const oldest = channel.history.oldestTick(Number.MAX_SAFE_INTEGER) ?? head;
  const fromTick = Math.min(Math.max(Math.floor(item.from / channel.intervalMs), oldest - 1), toTick);
  const points = Math.min(item.points ?? defaultPoints, protocolLimits.maxPoints);
  const stepTicks = channel.history.stepFor(fromTick, toTick, points);
  return { fromTick: Math.floor(fromTick / stepTicks) * stepTicks, toTick, stepTicks };
}
