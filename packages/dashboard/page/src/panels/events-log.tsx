import "../styles/panels.css";
import { useSignal } from "@preact/signals";
import { timeText } from "../charts/times.js";
import { type BookedEvent, eventText } from "../data/event-book.js";
import { zoomTo } from "../data/time-window.js";
import type { Page } from "../shell/page.js";

const pageSize = 200;
/** What is shown around an event that was chosen. */
const aroundMs = 150_000;

/** Events, newest first; one that is chosen is shown on the charts. */
export function EventsLog({ page }: { readonly page: Page }) {
  const shown = useSignal(pageSize);
  const type = useSignal("");
  page.eventCount.value;
  const all = page.events.all;
  const types = [...new Set(all.map((event) => event.type))].sort();
  const wanted = page.search.value.trim().toLowerCase();
  const matching = all.filter(
    (event) => (type.value === "" || event.type === type.value) && includes(event, wanted),
  );
  const newest = matching.slice(-shown.value).reverse();
  return (
    <section aria-label="Events" class="events">
      <div class="bar">
        <label>
          Type{" "}
          <select value={type.value} onChange={({ currentTarget }) => (type.value = currentTarget.value)}>
            <option value="">all</option>
            {types.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <span class="value">{matching.length} events</span>
      </div>
      {newest.length === 0 && <div class="empty">No events in the last 24 h.</div>}
      <ol>
        {newest.map((event) => (
          <li key={event.id} data-event={event.type}>
            <button type="button" title="Show on the charts" onClick={() => show(page, event)}>
              <time dateTime={new Date(event.atMs).toISOString()}>
                {timeText(event.atMs, page.isUtc.value, true)}
              </time>
              <bdi class="type">{event.type}</bdi>
              <bdi class="text">{eventText(event)}</bdi>
            </button>
          </li>
        ))}
      </ol>
      {matching.length > newest.length && (
        <button type="button" class="more" onClick={() => (shown.value += pageSize)}>
          and {matching.length - newest.length} more
        </button>
      )}
    </section>
  );
}

function includes(event: BookedEvent, words: string): boolean {
  return words === "" || `${event.type} ${eventText(event)}`.toLowerCase().includes(words);
}

function show({ window, place, edgeMs }: Page, { atMs }: BookedEvent): void {
  const toMs = Math.min(atMs + aroundMs, Math.max(edgeMs.peek(), atMs + 1_000));
  window.value = zoomTo(window.peek(), { fromMs: toMs - aroundMs * 2, toMs });
  place.value = "charts";
}
