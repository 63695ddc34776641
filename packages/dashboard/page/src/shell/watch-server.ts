import { type EventStream, MetricastClientError } from "@metricast/client";
import { effect } from "@preact/signals";
import { after, every, nowMs } from "../clock.js";
import { metricsOf } from "../data/catalogue.js";
import { readHealth } from "../data/health.js";
import { rosterOf } from "../data/roster.js";
import type { Page } from "./page.js";
import { watchPulse } from "./watch-pulse.js";

/** What the page keeps asking and hearing of the server. Returns what ends it. */
export function watchServer(page: Page): () => void {
  const ends = [
    watchConnection(page),
    watchPulse(page),
    watchCatalogue(page),
    watchEvents(page),
    watchHealth(page),
    watchEdge(page),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function watchConnection(page: Page): () => void {
  const { client, connection, lostAtMs, lastFault, edge, quality } = page;
  const ends = [
    client.on("state", (state) => {
      const isLive = state.name === "live";
      if (isLive) {
        edge.reconnected();
        quality.value = { state: "live", reason: "" };
        lostAtMs.value = undefined;
      } else lostAtMs.value ??= nowMs();
      connection.value = state;
    }),
    client.on("error", ({ code, message }) => {
      if (code !== "ticket_failed") lastFault.value = message;
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

const listSoonMs = 5_000;
const listLaterMs = 30_000;
const listSoonTimes = 6;
/** A list of so many series is long: it is asked for the more seldom. */
const longList = 2_000;

/** New metrics appear without a reload: often at first, when sources come up, then now and then. */
function watchCatalogue(page: Page): () => void {
  let cancel = (): void => undefined;
  let times = 0;
  const ask = async (): Promise<void> => {
    cancel();
    times++;
    cancel = after(times < listSoonTimes ? listSoonMs : listLaterMs * lengthOf(page), () => void ask());
    if (page.isHidden.peek() || page.connection.peek().name !== "live") return;
    await list(page);
  };
  const stop = effect(() => {
    if (page.connection.value.name !== "live" || page.isHidden.value) return;
    times = 0;
    void ask();
  });
  return () => {
    stop();
    cancel();
  };
}

/** In long lists. */
function lengthOf({ metrics }: Page): number {
  const series = (metrics.peek() ?? []).reduce((sum, metric) => sum + metric.series.length, 0);
  return Math.ceil((series + 1) / longList);
}

async function list({ client, metrics, catalogueFault, eventChannels }: Page): Promise<void> {
  try {
    const channels = await client.list();
    const found = metricsOf(channels);
    const named = channels.filter(({ kind }) => kind === "events").map(({ channel }) => channel);
    if (named.join() !== eventChannels.peek().join()) eventChannels.value = named;
    const before = metrics.peek();
    const isSame = before && shape(before) === shape(found);
    if (!isSame) metrics.value = found;
    catalogueFault.value = "";
  } catch (error) {
    const code = error instanceof MetricastClientError ? error.code : "failed";
    catalogueFault.value = code;
  }
}

/** What charts depend on, as a text to compare. */
function shape(metrics: NonNullable<Page["metrics"]["value"]>): string {
  return metrics.map(({ id, kind, unit, series }) => `${id} ${kind} ${unit} ${series.length}`).join("\n");
}

const dayMs = 86_400_000;
/** Many events of one moment are one change of the page. */
const gatherEventsMs = 200;

/** Follows every channel of events there is. */
function watchEvents({ client, events, eventCount, eventChannels }: Page): () => void {
  const streams = new Map<string, EventStream>();
  let heard = 0;
  const tell = () => {
    eventCount.value += heard;
    heard = 0;
  };
  const stop = effect(() => {
    for (const channel of eventChannels.value) {
      if (streams.has(channel)) continue;
      const stream = client.events(channel, { sinceMs: dayMs });
      streams.set(channel, stream);
      stream.on("event", (event) => {
        events.add({ ...event, channel });
        if (heard++ === 0) after(gatherEventsMs, tell);
      });
    }
  });
  return () => {
    stop();
    for (const stream of streams.values()) stream.close();
  };
}

const healthEveryMs = 5_000;
/** The page's own, else the host's. */
const healthPlaces = ["overview", "health"];

function watchHealth(page: Page): () => void {
  const ask = () => {
    if (!page.isHidden.peek()) void readReport(page);
  };
  const stop = effect(() => {
    if (page.connection.value.name === "live" && !page.isHidden.value) ask();
  });
  const end = every(healthEveryMs, ask);
  return () => {
    stop();
    end();
  };
}

async function readReport({ access, health, healthFault, instances }: Page): Promise<void> {
  for (const place of healthPlaces) {
    try {
      const response = await fetch(new URL(place, access.base), {
        cache: "no-store",
        credentials: "same-origin",
      });
      const report = response.ok ? readHealth(await response.json()) : undefined;
      if (!report) continue;
      health.value = report;
      instances.value = rosterOf(instances.peek(), report.instances);
      healthFault.value = "";
      return;
    } catch {
      healthFault.value = "The server does not answer.";
      return;
    }
  }
  healthFault.value = "Health is not served here.";
}

const edgeEveryMs = 500;

/** While nothing comes, time goes on all the same. */
function watchEdge({ edge, edgeMs, ageMs, isLate, isHidden }: Page): () => void {
  return every(edgeEveryMs, () => {
    if (isHidden.peek()) return;
    const now = nowMs();
    ageMs.value = edge.ageMs(now);
    isLate.value = edge.isLate(now);
    edgeMs.value = edge.at(now);
  });
}
