import { effect } from "@preact/signals";
import { nowMs } from "../clock.js";
import { isOwn } from "./own-metrics.js";
import type { Page } from "./page.js";

/**
 * One series that is always watched, whatever is on the screen: it says where "now" is, and how many clients there are. Returns
 * what ends it.
 */
export function watchPulse(page: Page): () => void {
  const { client, isHidden, edge, edgeMs, clients } = page;
  return effect(() => {
    if (isHidden.value) return undefined;
    // A pattern of its own: the chart of the same series is another view.
    const pulse = client.subscribe({ channel: "metricast", select: "metricast_client?" });
    pulse.on("frame", ({ timeMs }) => {
      edge.frame(timeMs, nowMs(), intervalOf(page));
      edgeMs.value = edge.at(nowMs());
    });
    pulse.on("update", () => {
      clients.value = pulse.series.latest().get("metricast_clients")?.value;
    });
    return () => pulse.close();
  });
}

function intervalOf({ metrics }: Page): number | undefined {
  return metrics.peek()?.find(isOwn)?.intervalMs;
}
