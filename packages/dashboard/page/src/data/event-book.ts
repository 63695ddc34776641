import type { ChannelEvent } from "@metricast/client";

export interface BookedEvent extends ChannelEvent {
  readonly channel: string;
}

const mostEvents = 2_000;

/** Events in the order of time, the newest so many of them. */
export class EventBook {
  #events: BookedEvent[] = [];

  get all(): readonly BookedEvent[] {
    return this.#events;
  }

  add(event: BookedEvent): void {
    const { atMs } = event;
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1]?.atMs ?? 0) > atMs) at--;
    this.#events.splice(at, 0, event);
    if (this.#events.length > mostEvents) this.#events.splice(0, this.#events.length - mostEvents);
  }

  between(fromMs: number, toMs: number): readonly BookedEvent[] {
    return this.#events.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  }
}

const longestText = 2_000;

/** What an event says, as one line of text. */
export function eventText({ data }: Pick<ChannelEvent, "data">): string {
  if (data === undefined || data === null) return "";
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
