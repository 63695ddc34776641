import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { measureOf } from "../data/catalogue.js";
import type { Found } from "../data/search.js";
import { unitSuffix } from "../data/units.js";
import { Lazy } from "../shell/lazy.js";
import type { Page } from "../shell/page.js";
import { ChartController } from "./chart-controller.js";
import { Legend } from "./legend.js";
import type { Sketch } from "./sketch.js";
import { Status } from "./status.js";

interface ChartCardProps {
  readonly page: Page;
  readonly found: Found;
  /** Where on the page it stands: the same chart may stand in two places. */
  readonly place: string;
}

const few = 6;
const fewLarge = 12;

/** One metric's chart, with all that belongs to it. */
export function ChartCard({ page, found, place }: ChartCardProps) {
  const { metric, select } = found;
  const host = useRef<HTMLDivElement>(null);
  const figure = useRef<HTMLElement>(null);
  const isTable = useSignal(false);
  const spoken = useSignal("");
  const isLarge = page.open.value === metric.id && place !== "favourites";
  const most = isLarge ? fewLarge : few;
  const key = JSON.stringify([metric.id, metric.kind, select, page.instance.value]);
  const chart = useMemo(() => new ChartController(page, found, most), [key]);
  useEffect(() => {
    if (host.current && figure.current) return chart.attach(host.current, figure.current);
    return undefined;
  }, [chart]);
  const isNear = chart.isNear.value;
  const legendClass = metric.kind !== "histogram" && metric.series.length === 1 ? "legend one" : "legend";
  const id = `chart-${place}-${metric.id}`.replace(/[^\w-]/g, "-");
  const keys = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || !crossKeys.has(event.key) || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    void import("./move-cross.js").then(({ moveCross }) =>
      moveCross({ key: event.key, chart, page, say: spoken }),
    );
  };
  return (
    <figure
      ref={figure}
      class={isLarge ? "chart large" : "chart"}
      data-metric={metric.name}
      data-channel={metric.channel}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the cross through a chart
      tabIndex={0}
      aria-label={`${metric.name}, ${metric.kind}`}
      aria-describedby={`${id}-summary`}
      aria-details={isTable.value ? `${id}-table` : undefined}
      onKeyDown={keys}
    >
      <figcaption>
        <h3 title={`${metric.name}\n${metric.help}`}>
          <bdi>{metric.name}</bdi>
        </h3>
        <span class="unit">{unitText(found)}</span>
        {isNear && <Status feed={chart.feed} sketch={chart.sketch} />}
        {isNear && <Lazy load={actions} props={{ page, chart, isTable, tableId: `${id}-table` }} />}
      </figcaption>
      <div class="plot" ref={host} />
      {!isNear && <ul class={legendClass} />}
      {isNear && (
        <Legend
          name={metric.name}
          className={legendClass}
          sketch={chart.sketch}
          look={chart.look}
          cursorMs={page.cursorMs}
          palette={page.scene.value.palette}
          few={most}
        />
      )}
      {isNear && <Summary id={`${id}-summary`} sketch={chart.sketch} help={metric.help} />}
      <output class="hidden" aria-live="polite">
        {spoken}
      </output>
      {isTable.value && (
        <Lazy
          load={table}
          props={{ id: `${id}-table`, name: metric.name, sketch: chart.sketch, isUtc: page.isUtc.value }}
        />
      )}
    </figure>
  );
}

const crossKeys = new Set(["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Enter"]);

interface SummaryProps {
  readonly id: string;
  readonly sketch: ReadonlySignal<Sketch | undefined>;
  readonly help: string;
}

/** For those who cannot see the chart. */
function Summary({ id, sketch, help }: SummaryProps) {
  const lines = useComputed(() => sketch.value?.picture.lines.length ?? 0);
  return (
    <p id={id} class="hidden">
      {help.slice(0, 200)} Lines: {lines}. Arrow keys move through it.
    </p>
  );
}

function unitText({ metric }: Found): string {
  const measure = measureOf(metric);
  if (metric.kind === "histogram") return measure.unit;
  if (measure.unit === "seconds" && measure.isRate) return "of the time";
  if (measure.unit === "ratio" || measure.unit === "percent") return "%";
  return unitSuffix(measure).trim() || measure.unit;
}

const actions = async () => (await import("./actions.js")).Actions;
const table = async () => (await import("./table.js")).Table;
