import { EncodedFrame } from "../contracts/connection.js";
import type { LoggedEvent } from "../feed/event-log.js";
import type { Select } from "./select.js";

/** What an event view reads from: events after a place, oldest first. */
export interface EventSource {
  readonly head: number;
  since(
    place: number,
    matches: (type: string) => boolean,
  ): { events: readonly LoggedEvent[]; complete: boolean };
}

export interface EventPage {
  readonly frame: EncodedFrame;
  /** The place that the page reaches. */
  readonly through: number;
  readonly count: number;
}

const eventsPerPage = 64;
const maxPages = 64;

/** Event types of one channel, encoded once for everybody who watches them. */
export class EventView {
  readonly number: number;
  readonly channel: string;
  watchers = 0;
  idleSinceMs = 0;
  readonly #source: EventSource;
  readonly #select: Select;
  readonly positionAt: (n: number) => string;
  /** Pages by the number they begin after; all of one head. */
  readonly #pages = new Map<number, EventPage>();
  #pagesHead = 0;

  constructor(parts: {
    number: number;
    channel: string;
    source: EventSource;
    select: Select;
    positionAt: (n: number) => string;
  }) {
    this.number = parts.number;
    this.channel = parts.channel;
    this.#source = parts.source;
    this.#select = parts.select;
    this.positionAt = parts.positionAt;
  }

  get select(): readonly string[] {
    return this.#select.canonical;
  }

  get head(): number {
    return this.#source.head;
  }

  matches(type: string): boolean {
    return this.#select.matches({ name: type, labels: {} });
  }

  /** The next events after a number; undefined where none of them is for this view. */
  page(after: number): EventPage | undefined {
    if (this.#pagesHead !== this.head) {
      this.#pages.clear();
      this.#pagesHead = this.head;
    }
    const known = this.#pages.get(after);
    if (known) return known;
    const page = this.#encode(after);
    if (this.#pages.size >= maxPages) this.#pages.clear();
    if (page) this.#pages.set(after, page);
    return page;
  }

  #encode(after: number): EventPage | undefined {
    const { events: found, complete } = this.#source.since(after, (type) => this.matches(type));
    // Retention is by type: what was dropped may lie between events that are still there.
    const lost = complete ? 0 : Math.max(1, (found[0]?.place ?? this.head + 1) - after - 1);
    if (found.length === 0 && lost === 0) return undefined;
    const events = found.slice(0, eventsPerPage);
    const through = events.length < found.length ? (events.at(-1)?.place ?? after) : this.head;
    const items = events.map(({ epoch, n, type, atMs, data }) => ({ id: `${epoch}-${n}`, type, atMs, data }));
    const position = this.positionAt(through);
    const message = { type: "events", view: this.number, position, items, ...(lost > 0 && { lost }) };
    return {
      frame: EncodedFrame.text(JSON.stringify(message)),
      through,
      count: events.length,
    };
  }
}
