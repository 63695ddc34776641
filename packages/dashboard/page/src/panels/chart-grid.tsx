import { useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ChartCard } from "../charts/chart-card.js";
import type { Metric } from "../data/catalogue.js";
import { type Group, groupsOf } from "../data/groups.js";
import { type Found, search } from "../data/search.js";
import type { Page } from "../shell/page.js";

interface ChartGridProps {
  readonly page: Page;
  /** Which channels' metrics. */
  readonly isShown: (metric: Metric) => boolean;
  readonly label: string;
}

/** All charts that the search finds, favourites first, then by groups. */
export function ChartGrid({ page, isShown, label }: ChartGridProps) {
  const result = useComputed(() => search(page.search.value, (page.metrics.value ?? []).filter(isShown)));
  const { found, fault } = result.value;
  const groups = useMemo(() => groupsOf(found.map(({ metric }) => metric)), [found]);
  const byId = useMemo(() => new Map(found.map((one) => [one.metric.id, one])), [found]);
  const marked = page.favourites.value.flatMap((id) => byId.get(id) ?? []);
  const changes = page.changes.value;
  if (page.metrics.value === undefined) return <Empty page={page} text={waitingText(page)} />;
  if (found.length === 0) return <Empty page={page} text={fault ?? emptyText(page)} />;
  if (changes !== undefined && changes !== "waiting")
    return <Changed page={page} found={found} changes={changes} />;
  return (
    <section aria-label={label}>
      {marked.length > 0 && <Section page={page} id="favourites" title="Favourites" found={marked} />}
      {groups.map((group) => (
        <Section key={group.id} page={page} id={group.id} title={group.title} found={foundOf(group, byId)} />
      ))}
    </section>
  );
}

const mostChanged = 24;
/** Less is what a value does all the time. */
const leastChange = 1;

interface ChangedProps {
  readonly page: Page;
  readonly found: readonly Found[];
  readonly changes: ReadonlyMap<string, number>;
}

/** The charts that changed most, those first. */
function Changed({ page, found, changes }: ChangedProps) {
  const scoreOf = ({ metric }: Found) => changes.get(metric.id) ?? 0;
  const changed = found.filter((one) => scoreOf(one) >= leastChange).sort((a, b) => scoreOf(b) - scoreOf(a));
  if (changed.length === 0) return <Empty page={page} text="Nothing changed more than it always does." />;
  return <Section page={page} id="changed" title="Most changed" found={changed.slice(0, mostChanged)} />;
}

function foundOf({ metrics }: Group, byId: ReadonlyMap<string, Found>): Found[] {
  return metrics.flatMap(({ id }) => byId.get(id) ?? []);
}

interface SectionProps {
  readonly page: Page;
  readonly id: string;
  readonly title: string;
  readonly found: readonly Found[];
}

function Section({ page, id, title, found }: SectionProps) {
  const { folded } = page;
  const isFolded = folded.value.includes(id);
  const fold = () => {
    folded.value = isFolded ? folded.value.filter((other) => other !== id) : [...folded.value, id];
  };
  return (
    <section class="group" id={`group-${id}`} aria-label={title}>
      <h2>
        <button type="button" class="group-head" aria-expanded={!isFolded} onClick={fold}>
          <span class="fold">{isFolded ? "▸" : "▾"}</span>
          <bdi>{title}</bdi>
          <span class="count">{found.length}</span>
        </button>
      </h2>
      {!isFolded && (
        <div class="grid">
          {found.map((one) => (
            <ChartCard
              key={one.metric.id}
              page={page}
              found={one}
              place={id === "favourites" ? id : "group"}
            />
          ))}
        </div>
      )}
    </section>
  );
}

function Empty({ page, text }: { readonly page: Page; readonly text: string }) {
  return (
    <div class="empty" data-testid="empty">
      <p>{text}</p>
      {page.search.value !== "" && page.metrics.value !== undefined && (
        <button type="button" onClick={() => (page.search.value = "")}>
          Show all
        </button>
      )}
    </div>
  );
}

function waitingText({ catalogueFault, connection }: Page): string {
  if (catalogueFault.value !== "") return catalogueFault.value;
  return connection.value.name === "live" ? "Asking what there is…" : "Waiting for the server…";
}

function emptyText({ search: text }: Page): string {
  return text.value === "" ? "There are no metrics yet." : "Nothing matches the search.";
}
