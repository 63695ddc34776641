import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { after } from "../clock.js";
import { gatherableLabels, gatherBy } from "../data/gather.js";
import { Icon } from "../shell/icon.js";
import type { Page } from "../shell/page.js";
import type { ChartController } from "./chart-controller.js";
import type { ExportKind } from "./hand-out-chart.js";
import type { Look } from "./sketch.js";

interface ActionsProps {
  readonly page: Page;
  readonly chart: ChartController;
  readonly isTable: Signal<boolean>;
  readonly tableId: string;
}

const modes: readonly { readonly mode: Look["mode"]; readonly title: string }[] = [
  { mode: "lines", title: "Percentiles: p50, p90, p99" },
  { mode: "each", title: "p99 of each label set" },
  { mode: "heat", title: "Heatmap" },
];

/** What can be done with a chart. */
export function Actions({ page, chart, isTable, tableId }: ActionsProps) {
  const { metric } = chart.feed;
  const { favourites, open } = page;
  const isMarked = favourites.value.includes(metric.id);
  const isLarge = open.value === metric.id;
  return (
    <span class="actions">
      {metric.kind === "histogram" &&
        modes.map(({ mode, title }) => (
          <button
            key={mode}
            type="button"
            class="icon"
            title={title}
            aria-label={title}
            aria-pressed={chart.look.value.mode === mode}
            onClick={() => choose(chart, mode)}
          >
            <Icon shape={mode} />
          </button>
        ))}
      <By chart={chart} />
      <button
        type="button"
        class={isMarked ? "icon marked" : "icon"}
        title="Favourite"
        aria-label="Favourite"
        aria-pressed={isMarked}
        onClick={() => {
          favourites.value = isMarked
            ? favourites.value.filter((id) => id !== metric.id)
            : [...favourites.value, metric.id];
        }}
      >
        <Icon shape="star" isFilled={isMarked} />
      </button>
      <Export page={page} chart={chart} />
      <button
        type="button"
        class="icon"
        data-testid="table"
        title="Table"
        aria-label="Table of values"
        aria-expanded={isTable.value}
        aria-controls={isTable.value ? tableId : undefined}
        onClick={() => (isTable.value = !isTable.value)}
      >
        <Icon shape="table" />
      </button>
      <button
        type="button"
        class="icon"
        title={isLarge ? "Smaller" : "Larger"}
        aria-label={isLarge ? "Smaller" : "Larger"}
        aria-pressed={isLarge}
        onClick={() => (open.value = isLarge ? "" : metric.id)}
      >
        <Icon shape="large" />
      </button>
    </span>
  );
}

/** One line for each value of a label, where a metric has several labels. */
function By({ chart: { feed, look } }: Pick<ActionsProps, "chart">) {
  const labels = useMemo(() => gatherableLabels(feed.metric.series), [feed]);
  if (labels.length === 0) return null;
  const choose = (label: string) => {
    const { by: _, ...rest } = look.value;
    const plain = { ...rest, isolated: undefined, hidden: new Set<string>() };
    // Of a histogram's percentiles there is one line for all, unless each is looked at.
    const mode = feed.metric.kind === "histogram" ? "each" : rest.mode;
    look.value = label === "" ? plain : { ...plain, mode, by: { label, gather: gatherBy(label) } };
  };
  return (
    <select
      class="by"
      data-testid="by"
      aria-label="Lines by label"
      title="One line for each value of a label: the sum of its series"
      value={look.value.by?.label ?? ""}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    >
      <option value="">each series</option>
      {labels.map((label) => (
        <option key={label} value={label}>
          by {label}
        </option>
      ))}
    </select>
  );
}

function choose({ look }: ChartController, mode: Look["mode"]): void {
  look.value = { ...look.value, mode, isolated: undefined, hidden: new Set() };
}

const kinds: readonly ExportKind[] = ["png", "csv", "json"];
const saidForMs = 1_500;

function Export({ page, chart }: { readonly page: Page; readonly chart: ChartController }) {
  const isOpen = useSignal(false);
  const said = useSignal("");
  const hand = async (kind: ExportKind) => {
    const { handOutChart } = await import("./hand-out-chart.js");
    said.value = await handOutChart(kind, page, chart);
    after(saidForMs, () => {
      said.value = "";
      isOpen.value = false;
    });
  };
  return (
    <span class="export">
      <button
        type="button"
        class="icon"
        title="Copy as PNG, CSV or JSON"
        aria-label="Copy as"
        aria-expanded={isOpen.value}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <Icon shape="copy" />
      </button>
      <span class={isOpen.value ? "menu open" : "menu"}>
        {kinds.map((kind) => (
          <button key={kind} type="button" data-export={kind} onClick={() => void hand(kind)}>
            {kind.toUpperCase()}
          </button>
        ))}
        <output>{said}</output>
      </span>
    </span>
  );
}
