import { type Signal, useSignal } from "@preact/signals";
import { after } from "../clock.js";
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
