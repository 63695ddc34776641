import { MetricastError, type Source } from "@metricast/core";
import { defaultScrapeName } from "./scrape.js";
import { reportSamples, type ScrapeReport } from "./scrape-report.js";
import { ScrapeTarget, type ScrapeTargetOptions } from "./scrape-target.js";
import { Turns } from "./turns.js";

export interface ScrapeTargetsOptions extends Omit<ScrapeTargetOptions, "url"> {
  /** URLs, or URLs with what is special about them: their `labels` and `headers` are added to the common ones, the rest goes before. */
  readonly targets: readonly (string | URL | ScrapeTargetOptions)[];
  /** Fetched at a time; the others wait, within their deadline. Default 16. */
  readonly maxConcurrent?: number;
  /** Fetched only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
}

/**
 * Many exporters, a source for each: one that is slow or down makes only its own series stale, and is asked again after
 * a while that doubles. A last source says of all of them what came of the scrape before: `up`, 1 or 0, and
 * `scrape_duration_seconds`. All series have the label `target`, the URL's host unless the target's labels say
 * otherwise. Throws `MC_OPTION_INVALID`, also where two targets have the same.
 */
export function scrapeTargets(options: ScrapeTargetsOptions): Source[] {
  const { targets, maxConcurrent = 16, lazy = false } = options;
  if (!(maxConcurrent >= 1)) throw invalid("maxConcurrent", "maxConcurrent must be at least 1");
  const turns = new Turns(maxConcurrent);
  const watched = targets.map((target) => new WatchedTarget(optionsOf(target, options), turns));
  const names = new Set(watched.map(({ name }) => name));
  if (names.size < watched.length) throw invalid("targets", "two targets have the same label `target`");
  const sources = watched.map((target) => target.source(lazy));
  return [
    ...sources,
    { name: "scrape-targets", lazy, read: () => watched.flatMap((target) => target.reportSamples()) },
  ];
}

/** A target, and what came of its last scrape. */
class WatchedTarget {
  readonly name: string;
  readonly #target: ScrapeTarget;
  readonly #turns: Turns;
  #report: ScrapeReport | undefined;

  constructor(options: ScrapeTargetOptions, turns: Turns) {
    this.#target = new ScrapeTarget(options);
    this.#turns = turns;
    this.name = defaultScrapeName(this.#target.labels.target ?? this.#target.host);
  }

  source(lazy: boolean): Source {
    return { name: this.name, lazy, read: ({ signal }) => this.#read(signal) };
  }

  reportSamples() {
    return this.#report === undefined ? [] : reportSamples(this.#target.labels, this.#report);
  }

  async #read(signal: AbortSignal) {
    const { clock } = this.#target;
    let startMs = clock.monotonicMs();
    const seconds = () => (clock.monotonicMs() - startMs) / 1_000;
    try {
      const { samples, counts } = await this.#turns.take(signal, () => {
        startMs = clock.monotonicMs();
        return this.#target.scrape(signal);
      });
      this.#report = { isUp: true, seconds: seconds(), counts };
      return samples;
    } catch (error) {
      this.#report = { isUp: false, seconds: seconds() };
      throw error;
    }
  }
}

function optionsOf(
  target: string | URL | ScrapeTargetOptions,
  { targets: _, maxConcurrent: __, lazy: ___, ...common }: ScrapeTargetsOptions,
): ScrapeTargetOptions {
  const own = typeof target === "string" || target instanceof URL ? { url: target } : target;
  const labels = { target: hostOf(own.url), ...common.labels, ...own.labels };
  return { ...common, ...own, labels, headers: { ...common.headers, ...own.headers } };
}

/** What is no URL is refused by the target itself. */
function hostOf(url: string | URL): string {
  const text = String(url);
  return URL.canParse(text) ? new URL(text).host : text;
}

function invalid(option: string, reason: string): MetricastError {
  return new MetricastError("MC_OPTION_INVALID", reason, { option });
}
