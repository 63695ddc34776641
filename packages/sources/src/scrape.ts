import { type Clock, MetricastError, type Sample, type Source, systemClock } from "@metricast/core";
import { readBounded } from "./bounded-body.js";
import { emptyLabels } from "./metric-family.js";
import { expositionSamples, parsePrometheusText } from "./prometheus-text.js";

export interface ScrapeSourceOptions {
  /** http or https; a user and password in it are sent as Basic authorization. */
  readonly url: string | URL;
  /** Default: `scrape:` and the URL's host. */
  readonly name?: string;
  /** Fetched only while somebody watches the channel; default false. */
  readonly lazy?: boolean;
  /** Time the exporter has, where that is less than the channel's own deadline. Default: the channel's. */
  readonly timeoutMs?: number;
  /** Largest answer, after decompression. Default 8 MB. */
  readonly maxBytes?: number;
  /** Sent along, as `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Added to every series; needed where two exporters give series of the same names. A label of the exporter's own by
   * such a name is kept as `exported_<name>`.
   */
  readonly labels?: Readonly<Record<string, string>>;
  readonly clock?: Pick<Clock, "monotonicMs" | "after">;
}

/**
 * Another exporter's metrics in Prometheus or OpenMetrics text, fetched at each tick, with the gauges `up`,
 * `scrape_duration_seconds` and `scrape_samples_scraped` by `target`. Where the exporter cannot be reached, or answers
 * anything but a 200 with metrics, the read fails with the reason: all of them are stale until it answers again.
 * Throws `MC_OPTION_INVALID` where the URL, a time or a size makes no sense.
 */
export function scrapeSource(options: ScrapeSourceOptions): Source {
  const scrape = new Scrape(options);
  return { name: scrape.name, lazy: options.lazy ?? false, read: ({ signal }) => scrape.read(signal) };
}

const defaultMaxBytes = 8 * 1_024 * 1_024;
const accept = "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";

class Scrape {
  readonly name: string;
  readonly #url: URL;
  readonly #timeoutMs: number | undefined;
  readonly #maxBytes: number;
  readonly #headers: Headers;
  readonly #labels: Readonly<Record<string, string>>;
  readonly #clock: Pick<Clock, "monotonicMs" | "after">;

  constructor(options: ScrapeSourceOptions) {
    this.#url = urlOf(options.url);
    this.#headers = headersOf(this.#url, options.headers);
    this.#url.username = "";
    this.#url.password = "";
    this.name = options.name ?? defaultName(this.#url);
    this.#timeoutMs = positive("timeoutMs", options.timeoutMs);
    this.#maxBytes = positive("maxBytes", options.maxBytes) ?? defaultMaxBytes;
    this.#labels = { ...options.labels };
    this.#clock = options.clock ?? systemClock;
  }

  async read(signal: AbortSignal): Promise<Sample[]> {
    const startMs = this.#clock.monotonicMs();
    const samples = await this.#fetchSamples(signal);
    return [...samples, ...this.#about(startMs, samples.length)];
  }

  async #fetchSamples(signal: AbortSignal): Promise<Sample[]> {
    const timeout = new AbortController();
    const abort = () => timeout.abort(signal.reason);
    const late = () =>
      timeout.abort(new Error(`no answer from ${this.#url.host} within ${this.#timeoutMs} ms`));
    const cancel = this.#timeoutMs === undefined ? undefined : this.#clock.after(this.#timeoutMs, late);
    signal.addEventListener("abort", abort, { once: true });
    try {
      signal.throwIfAborted();
      return this.#samplesOf(await Promise.race([this.#fetchText(timeout.signal), end(timeout.signal)]));
    } finally {
      cancel?.();
      signal.removeEventListener("abort", abort);
    }
  }

  async #fetchText(signal: AbortSignal): Promise<string> {
    const response = await this.#request(signal);
    if (response.status === 200) return readBounded(response, this.#maxBytes);
    await response.body?.cancel();
    throw new Error(`${this.#url.host} answered ${response.status}`);
  }

  async #request(signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(this.#url, { headers: this.#headers, signal });
    } catch (error) {
      signal.throwIfAborted();
      // What fetch itself says is "fetch failed"; the reason is its cause.
      const reason =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(`${this.#url.host} cannot be reached: ${reason}`, { cause: error });
    }
  }

  #samplesOf(text: string): Sample[] {
    const exposition = parsePrometheusText(text, { maxBytes: this.#maxBytes });
    const [first] = exposition.badLines;
    if (exposition.rowCount === 0 && first !== undefined) {
      throw new Error(`${this.#url.host} did not answer metrics: line ${first.line}: ${first.reason}`);
    }
    const samples = expositionSamples(exposition);
    return Object.keys(this.#labels).length === 0 ? samples : samples.map((sample) => this.#labelled(sample));
  }

  #labelled(sample: Sample): Sample {
    const labels = emptyLabels();
    for (const [name, value] of Object.entries(sample.labels ?? {})) {
      labels[Object.hasOwn(this.#labels, name) ? `exported_${name}` : name] = value;
    }
    for (const [name, value] of Object.entries(this.#labels)) labels[name] = value;
    return { ...sample, labels };
  }

  #about(startMs: number, sampleCount: number): Sample[] {
    const labels = { target: this.#url.host, ...this.#labels };
    const seconds = (this.#clock.monotonicMs() - startMs) / 1_000;
    return [
      {
        name: "up",
        labels,
        value: 1,
        help: "1 while the exporter answers, stale while it does not.",
        aggregator: "min",
      },
      {
        name: "scrape_duration_seconds",
        labels,
        value: seconds,
        unit: "seconds",
        help: "Time the exporter took.",
        aggregator: "max",
      },
      { name: "scrape_samples_scraped", labels, value: sampleCount, help: "Series the exporter gave." },
    ];
  }
}

/** Rejects when it is aborted: fetch may miss that once its request was garbage collected, and would wait on for minutes. */
function end(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function urlOf(given: string | URL): URL {
  const text = String(given);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  // The URL itself is left out: it may hold a password.
  throw new MetricastError("MC_OPTION_INVALID", "url must be an absolute http or https URL", {
    option: "url",
  });
}

/** Names have no brackets, hosts by IPv6 address do. */
function defaultName({ host }: URL): string {
  return `scrape:${host.replaceAll("[", "").replaceAll("]", "")}`;
}

function headersOf(url: URL, given: Readonly<Record<string, string>> | undefined): Headers {
  const headers = new Headers({ accept });
  if (url.username !== "" || url.password !== "") {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.set("authorization", `Basic ${Buffer.from(credentials).toString("base64")}`);
  }
  for (const [name, value] of Object.entries(given ?? {})) headers.set(name, value);
  return headers;
}

function positive(option: string, value: number | undefined): number | undefined {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return value;
  throw new MetricastError("MC_OPTION_INVALID", `${option} must be a number above 0`, { option, value });
}
