import { useComputed } from "@preact/signals";
import { groupsOf } from "../data/groups.js";
import { search } from "../data/search.js";
import type { Place } from "../data/url-state.js";
import { isOwn } from "./own-metrics.js";
import type { Page } from "./page.js";

const titles: readonly { readonly place: Place; readonly title: string }[] = [
  { place: "charts", title: "Charts" },
  { place: "overview", title: "Overview" },
  { place: "events", title: "Events" },
  { place: "own", title: "metricast" },
];

/** The places of the page, and the groups of charts. */
export function Nav({ page }: { readonly page: Page }) {
  const { place } = page;
  return (
    <nav aria-label="Places">
      <ul class="places">
        {titles.map(({ place: id, title }) => (
          <li key={id}>
            <a
              href={`#view=${id}`}
              aria-current={place.value === id ? "page" : undefined}
              onClick={(event) => go(event, page, id)}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
      {(place.value === "charts" || place.value === "own") && <Groups page={page} />}
    </nav>
  );
}

function go(event: MouseEvent, { place }: Page, to: Place): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  place.value = to;
  scrollTo({ top: 0 });
}

function Groups({ page }: { readonly page: Page }) {
  const groups = useComputed(() => {
    const own = page.place.value === "own";
    const metrics = (page.metrics.value ?? []).filter((metric) => isOwn(metric) === own);
    return groupsOf(search(page.search.value, metrics).found.map(({ metric }) => metric));
  });
  return (
    <ul class="groups">
      {groups.value.map(({ id, title, metrics }) => (
        <li key={id}>
          <button
            type="button"
            title={title}
            onClick={() => document.getElementById(`group-${id}`)?.scrollIntoView({ block: "start" })}
          >
            <bdi>{title}</bdi>
            <span class="count">{metrics.length}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
