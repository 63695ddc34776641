import { type Clock, MetricastError, type Sample, systemClock } from "@metricast/core";
import { beforeAbort } from "./before-abort.js";
import { readBounded } from "./bounded-body.js";
import { emptyLabels } from "./metric-family.js";
import { expositionSamples, parsePrometheusText } from "./prometheus-text.js";
import { type RelabelRule, relabelling } from "./relabel.js";
import type { ScrapeCounts } from "./scrape-report.js";

export interface ScrapeTargetOptions {
  /** http or https; a user and password in it are sent as Basic authorization. */
  readonly url: string | URL;
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
  /** Which series are kept, and with which labels. Applied after `labels`; a histogram is one series by its family's name. */
  readonly relabel?: readonly RelabelRule[];
  readonly clock?: Pick<Clock, "monotonicMs" | "after">;
}

/** What came of one scrape. */
export interface Scraped {
  readonly samples: readonly Sample[];
  readonly counts: ScrapeCounts;
}

const defaultMaxBytes = 8 * 1_024 * 1_024;
const accept = "text/plain;version=0.0.4;q=1,application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.1";

/** One exporter that is fetched over HTTP. */
export class ScrapeTarget {
  readonly host: string;
  /** Those that tell what is said of the exporter. */
  readonly labels: Readonly<Record<string, string>>;
  readonly clock: Pick<Clock, "monotonicMs" | "after">;
  readonly #url: URL;
  readonly #timeoutMs: number | undefined;
  readonly #maxBytes: number;
  readonly #headers: Headers;
  readonly #added: Readonly<Record<string, string>>;
  readonly #relabel: ((samples: readonly Sample[]) => readonly Sample[]) | undefined;

  /** Throws `MC_OPTION_INVALID` where the URL, a time, a size or a rule makes no sense. */
  constructor(options: ScrapeTargetOptions) {
    this.#url = urlOf(options.url);
    this.#headers = headersOf(this.#url, options.headers);
    this.#url.username = "";
    this.#url.password = "";
    this.host = this.#url.host;
    this.labels = { target: this.host, ...options.labels };
    this.clock = options.clock ?? systemClock;
    this.#timeoutMs = positive("timeoutMs", options.timeoutMs);
    this.#maxBytes = positive("maxBytes", options.maxBytes) ?? defaultMaxBytes;
    this.#added = { ...options.labels };
    this.#relabel = options.relabel === undefined ? undefined : relabelling(options.relabel);
  }

  /** Rejects where the exporter cannot be reached, is late, or answers anything but a 200 with metrics. */
  async scrape(signal: AbortSignal): Promise<Scraped> {
    const timeout = new AbortController();
    const abort = () => timeout.abort(signal.reason);
    const late = () => timeout.abort(new Error(`no answer from ${this.host} within ${this.#timeoutMs} ms`));
    signal.throwIfAborted();
    const cancel = this.#timeoutMs === undefined ? undefined : this.clock.after(this.#timeoutMs, late);
    signal.addEventListener("abort", abort, { once: true });
    try {
      // Fetch may miss the abort once its request was garbage collected, and would wait on for minutes.
      return this.#read(await beforeAbort(this.#fetchText(timeout.signal), timeout.signal));
    } finally {
      cancel?.();
      signal.removeEventListener("abort", abort);
    }
  }

  async #fetchText(signal: AbortSignal): Promise<string> {
    const response = await this.#request(signal);
    if (response.status === 200) return readBounded(response, this.#maxBytes);
    await response.body?.cancel();
    throw new Error(`${this.host} answered ${response.status}`);
  }

  async #request(signal: AbortSignal): Promise<Response> {
    try {
      return await fetch(this.#url, { headers: this.#headers, signal });
    } catch (error) {
      signal.throwIfAborted();
      // What fetch itself says is "fetch failed"; the reason is its cause.
      const reason =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new Error(`${this.host} cannot be reached: ${reason}`, { cause: error });
    }
  }

  #read(text: string): Scraped {
    const exposition = parsePrometheusText(text, { maxBytes: this.#maxBytes });
    const [first] = exposition.badLines;
    if (exposition.rowCount === 0 && first !== undefined) {
      throw new Error(`${this.host} did not answer metrics: line ${first.line}: ${first.reason}`);
    }
    const given = expositionSamples(exposition);
    const isPlain = Object.keys(this.#added).length === 0;
    const labelled = isPlain ? given : given.map((sample) => this.#labelled(sample));
    if (this.#relabel === undefined) return { samples: labelled, counts: { given: given.length } };
    const samples = this.#relabel(labelled);
    return { samples, counts: { given: given.length, kept: samples.length } };
  }

  #labelled(sample: Sample): Sample {
    const labels = emptyLabels();
    for (const [name, value] of Object.entries(sample.labels ?? {})) {
      labels[Object.hasOwn(this.#added, name) ? `exported_${name}` : name] = value;
    }
    for (const [name, value] of Object.entries(this.#added)) labels[name] = value;
    return { ...sample, labels };
  }
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
