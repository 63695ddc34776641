import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Sample, Source } from "@metricast/core";

const maxOrigins = 100;
const otherOrigin = "other";

/**
 * Requests that go out through undici, and so through `fetch`: how many are under way and how they ended, by origin, and
 * connections that were opened. What the process told on `diagnostics_channel` since the first read is counted; origins
 * past the 100th are counted as `other`.
 */
export function undiciSource(): Source {
  const watch = new UndiciWatch();
  return { name: "undici", read: () => watch.read(), close: () => watch.close() };
}

interface Traffic {
  inFlight: number;
  opened: number;
  refused: number;
  /** Ended requests by status class, or `failed`. */
  readonly ended: Map<string, number>;
}

interface Underway {
  readonly traffic: Traffic;
  outcome: string;
}

class UndiciWatch {
  readonly #byOrigin = new Map<string, Traffic>();
  /** Requests that began while it watched; of others neither beginning nor end is counted. */
  #underway = new WeakMap<object, Underway>();
  #isWatching = false;
  readonly #listeners: readonly (readonly [channel: string, listener: (message: unknown) => void])[] = [
    ["undici:request:create", (message) => this.#begin(objectAt(message, "request"))],
    ["undici:request:headers", (message) => this.#answer(message)],
    ["undici:request:trailers", (message) => this.#end(objectAt(message, "request"))],
    ["undici:request:error", (message) => this.#end(objectAt(message, "request"), "failed")],
    ["undici:client:connected", (message) => this.#connect(message, "opened")],
    ["undici:client:connectError", (message) => this.#connect(message, "refused")],
  ];

  read(): Sample[] {
    if (!this.#isWatching) for (const [channel, listener] of this.#listeners) subscribe(channel, listener);
    this.#isWatching = true;
    return [...this.#byOrigin].flatMap(([origin, traffic]) => trafficSamples(origin, traffic));
  }

  close(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
    this.#isWatching = false;
    this.#underway = new WeakMap();
    for (const traffic of this.#byOrigin.values()) traffic.inFlight = 0;
  }

  #begin(request: object | undefined): void {
    if (request === undefined || this.#underway.has(request)) return;
    const origin: unknown = Reflect.get(request, "origin");
    const traffic = this.#traffic(String(origin));
    traffic.inFlight += 1;
    this.#underway.set(request, { traffic, outcome: "failed" });
  }

  #answer(message: unknown): void {
    const request = objectAt(message, "request");
    const response = objectAt(message, "response");
    const underway = request === undefined ? undefined : this.#underway.get(request);
    if (underway === undefined || response === undefined) return;
    const status: unknown = Reflect.get(response, "statusCode");
    if (typeof status === "number") underway.outcome = `${Math.floor(status / 100)}xx`;
  }

  #end(request: object | undefined, outcome?: string): void {
    const underway = request === undefined ? undefined : this.#underway.get(request);
    if (request === undefined || underway === undefined) return;
    this.#underway.delete(request);
    const { traffic } = underway;
    const how = outcome ?? underway.outcome;
    traffic.inFlight -= 1;
    traffic.ended.set(how, (traffic.ended.get(how) ?? 0) + 1);
  }

  #connect(message: unknown, what: "opened" | "refused"): void {
    const params = objectAt(message, "connectParams");
    if (params === undefined) return;
    this.#traffic(`${Reflect.get(params, "protocol")}//${Reflect.get(params, "host")}`)[what] += 1;
  }

  #traffic(origin: string): Traffic {
    const isFull = this.#byOrigin.size >= maxOrigins && !this.#byOrigin.has(origin);
    const key = isFull ? otherOrigin : origin;
    const known = this.#byOrigin.get(key);
    if (known !== undefined) return known;
    const traffic: Traffic = { inFlight: 0, opened: 0, refused: 0, ended: new Map() };
    this.#byOrigin.set(key, traffic);
    return traffic;
  }
}

/** What another library tells may change: what is not there is not counted. */
function objectAt(message: unknown, name: string): object | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const value: unknown = Reflect.get(message, name);
  return typeof value === "object" && value !== null ? value : undefined;
}

function trafficSamples(origin: string, { inFlight, opened, refused, ended }: Traffic): Sample[] {
  const requests = "Outgoing requests that ended, by status class; failed where there was no whole answer.";
  return [
    {
      name: "undici_requests_in_flight",
      labels: { origin },
      value: inFlight,
      help: "Outgoing requests that wait for their answer, or are being answered.",
      aggregator: "sum",
    },
    ...[...ended].map(([outcome, count]) =>
      counter("undici_requests_total", { origin, outcome }, count, requests),
    ),
    counter("undici_connections_opened_total", { origin }, opened, "Connections that were opened."),
    counter("undici_connections_failed_total", { origin }, refused, "Connections that could not be opened."),
  ];
}

function counter(name: string, labels: Sample["labels"], value: number, help: string): Sample {
  return { name, labels, value, kind: "counter", help };
}
