import { createHmac } from "node:crypto";
import type { Cancel, Clock } from "../contracts/clock.js";
import type { Random } from "../contracts/random.js";
import { MetricastError } from "../errors.js";
import type { Report } from "../health/reporter.js";
import type { Stats } from "../health/stats.js";
import type { Alert } from "./alert.js";
import type { WebhookOptions } from "./rule.js";

export interface WebhookParts {
  readonly options: WebhookOptions;
  readonly clock: Pick<Clock, "after" | "dateMs">;
  readonly random: Random;
  readonly report: Report;
  readonly stats: Pick<Stats, "alertDeliveries" | "alertsUndelivered">;
}

interface Delivery {
  /** The same at every attempt. */
  readonly id: string;
  readonly body: string;
  attempts: number;
}

/** What happened to an attempt: `refused` for what no repetition would change. */
type Outcome = "delivered" | "refused" | "failed";

const maxQueued = 1_000;
const defaultTimeoutMs = 5_000;
const longestTimeoutMs = 60_000;
const defaultAttempts = 8;
const mostAttempts = 100;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
const leastSecret = 16;
const fields: ReadonlySet<string> = new Set<keyof WebhookOptions>(["url", "secret", "timeoutMs", "attempts"]);
/** What asks to come again; other answers of 400 and more will not get better. */
const temporary: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Posts alerts, one after the other in their order; one that fails is tried again before the next. What is over the bound of
 * the queue or of attempts is dropped, counted and reported.
 */
export class Webhook {
  readonly #parts: WebhookParts;
  readonly #queue: Delivery[] = [];
  readonly #stopped = new AbortController();
  #isBusy = false;
  #pause: Cancel | undefined;

  /** Throws MC_ALERT_INVALID for options that make no sense. */
  constructor(parts: WebhookParts) {
    checkWebhook(parts.options);
    this.#parts = parts;
  }

  post(alert: Alert): void {
    if (this.#stopped.signal.aborted) return;
    const id = Buffer.from(this.#parts.random.bytes(16)).toString("hex");
    this.#queue.push({ id, body: JSON.stringify(alert), attempts: 0 });
    // The newest say how things are.
    if (this.#queue.length > maxQueued) this.#drop(this.#isBusy ? 1 : 0, "the queue is full");
    if (!this.#isBusy) void this.#work();
  }

  /** Gives up what is under way and what waits. */
  stop(): void {
    this.#stopped.abort();
    this.#pause?.();
    this.#queue.length = 0;
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      next.attempts += 1;
      const [outcome, why] = await this.#attempt(next);
      if (this.#stopped.signal.aborted) return;
      if (outcome === "delivered") {
        this.#parts.stats.alertDeliveries += 1;
        this.#queue.shift();
      } else if (
        outcome === "refused" ||
        next.attempts >= (this.#parts.options.attempts ?? defaultAttempts)
      ) {
        this.#drop(0, why);
      } else {
        this.#pause = this.#parts.clock.after(this.#pauseMs(next.attempts), () => void this.#work());
        return;
      }
    }
    this.#isBusy = false;
  }

  /** Never rejects. */
  async #attempt({ id, body }: Delivery): Promise<[Outcome, string]> {
    const { options, clock } = this.#parts;
    const late = new AbortController();
    const cancel = clock.after(options.timeoutMs ?? defaultTimeoutMs, () => late.abort());
    const atSeconds = Math.floor(clock.dateMs() / 1_000);
    try {
      const answer = await fetch(options.url, {
        method: "POST",
        body,
        // Where it leads nobody said that alerts may go.
        redirect: "manual",
        headers: {
          "content-type": "application/json",
          "metricast-delivery": id,
          "metricast-signature": signature(options.secret, atSeconds, body),
        },
        signal: AbortSignal.any([late.signal, this.#stopped.signal]),
      });
      // What it says is of no interest, and may be endless.
      void answer.body?.cancel().catch(() => {});
      if (answer.ok) return ["delivered", ""];
      const mayHelp = answer.status >= 500 || temporary.has(answer.status);
      return [mayHelp ? "failed" : "refused", `status ${answer.status}`];
    } catch (cause) {
      return ["failed", late.signal.aborted ? "no answer in time" : reason(cause)];
    } finally {
      cancel();
    }
  }

  /** Half of it by chance, so that many services do not come back together. */
  #pauseMs(attempts: number): number {
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
    return pauseMs * (0.5 + this.#parts.random.fraction() / 2);
  }

  #drop(at: number, why: string): void {
    const [dropped] = this.#queue.splice(at, 1);
    const { report, stats } = this.#parts;
    stats.alertsUndelivered += 1;
    report("error", "MC_ALERT_UNDELIVERED", { key: "webhook", why, attempts: dropped?.attempts });
  }
}

/** `t`: seconds since the Unix epoch; `v1`: HMAC-SHA-256 with the secret over them, a point and the body, in hex. */
function signature(secret: string, atSeconds: number, body: string): string {
  const digest = createHmac("sha256", secret).update(`${atSeconds}.${body}`).digest("hex");
  return `t=${atSeconds},v1=${digest}`;
}

function checkWebhook(options: WebhookOptions): void {
  if (typeof options !== "object" || options === null) throw invalid("is no object");
  const unknown = Object.keys(options).find((field) => !fields.has(field));
  if (unknown !== undefined) throw invalid(`has no option "${unknown}"`);
  const { url, secret, timeoutMs = defaultTimeoutMs, attempts = defaultAttempts } = options;
  const protocol = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (protocol !== "http:" && protocol !== "https:") throw invalid("needs a url of http or https");
  if (typeof secret !== "string" || secret.length < leastSecret)
    throw invalid(`needs a secret of at least ${leastSecret} characters`);
  if (!(timeoutMs > 0 && timeoutMs <= longestTimeoutMs))
    throw invalid(`needs a timeoutMs up to ${longestTimeoutMs}`);
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > mostAttempts)
    throw invalid(`needs attempts between 1 and ${mostAttempts}`);
}

function invalid(problem: string): MetricastError {
  return new MetricastError("MC_ALERT_INVALID", `the webhook of alerts ${problem}`, {
    option: "alerts.webhook",
  });
}

/** Of fetch the message says only that it failed. */
function reason(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  return inner instanceof Error ? inner.message : String(inner);
}
