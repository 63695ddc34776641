import type { Source } from "@metricast/core";
import { reportSamples } from "./scrape-report.js";
import { ScrapeTarget, type ScrapeTargetOptions } from "./scrape-target.js";

export interface ScrapeSourceOptions extends ScrapeTargetOptions {
  /** Default: `scrape:` and the URL's host. */
  readonly name?: string;
  /** Fetched only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * Another exporter's metrics in Prometheus or OpenMetrics text, fetched at each tick, with the gauges `up`,
 * `scrape_duration_seconds` and `scrape_samples_scraped` by `target`. Where the exporter cannot be reached, or answers
 * anything but a 200 with metrics, the read fails with the reason: all of them are stale until it answers again.
 * Throws `MC_OPTION_INVALID` where the URL, a time, a size or a rule makes no sense.
 */
export function scrapeSource(options: ScrapeSourceOptions): Source {
  const target = new ScrapeTarget(options);
  const { name = defaultScrapeName(target.host), lazy = false } = options;
  return {
    name,
    lazy,
    async read({ signal }) {
      const startMs = target.clock.monotonicMs();
      const { samples, counts } = await target.scrape(signal);
      const seconds = (target.clock.monotonicMs() - startMs) / 1_000;
      return [...samples, ...reportSamples(target.labels, { isUp: true, seconds, counts })];
    },
  };
}

/** Names have no brackets, hosts by IPv6 address do. */
export function defaultScrapeName(host: string): string {
  return `scrape:${host.replaceAll("[", "").replaceAll("]", "")}`;
}
