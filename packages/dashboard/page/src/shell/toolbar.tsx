import { timeText } from "../charts/times.js";
import { backToLive, live, pan, pause, ranges, zoomBy } from "../data/time-window.js";
import { formatDuration } from "../data/units.js";
import { toggleChanges } from "./compare.js";
import { Icon } from "./icon.js";
import { Lazy } from "./lazy.js";
import type { Page } from "./page.js";

/** What time is shown. */
export function Toolbar({ page }: { readonly page: Page }) {
  const { window, isUtc, edgeMs } = page;
  const { mode, rangeMs } = window.value;
  const isPaused = window.value.mode === "fixed" && window.value.isPaused;
  const middle = () => (page.span.peek().fromMs + page.span.peek().toMs) / 2;
  return (
    <div class="toolbar" role="toolbar" aria-label="Time">
      <span class="segments">
        {ranges.map((range, k) => (
          <button
            key={range.label}
            type="button"
            data-range={range.label}
            aria-pressed={mode === "live" && rangeMs === range.rangeMs}
            title={`Newest ${range.label} (${k + 1})`}
            onClick={() => (window.value = live(range.rangeMs))}
          >
            {range.label}
          </button>
        ))}
      </span>
      <span class="segments">
        <button
          type="button"
          title="Back (Shift+←)"
          aria-label="Back in time"
          onClick={() => (window.value = pan(window.value, -0.5, edgeMs.peek()))}
        >
          <Icon shape="back" />
        </button>
        <button
          type="button"
          title="Forward (Shift+→)"
          aria-label="Forward in time"
          onClick={() => (window.value = pan(window.value, 0.5, edgeMs.peek()))}
        >
          <Icon shape="forward" />
        </button>
        <button
          type="button"
          title="Longer (−)"
          aria-label="Zoom out"
          onClick={() => (window.value = zoomBy(window.value, 2, middle(), edgeMs.peek()))}
        >
          <Icon shape="less" />
        </button>
        <button
          type="button"
          title="Shorter (+)"
          aria-label="Zoom in"
          onClick={() => (window.value = zoomBy(window.value, 0.5, middle(), edgeMs.peek()))}
        >
          <Icon shape="more" />
        </button>
      </span>
      <button
        type="button"
        data-testid="pause"
        class="pause"
        aria-pressed={isPaused}
        title="Pause or go on (Space)"
        onClick={() => togglePause(page)}
      >
        <Icon shape={isPaused ? "go" : "pause"} /> {isPaused ? "go on" : "pause"}
      </button>
      {mode === "fixed" && (
        <button
          type="button"
          class="live"
          title="Back to live (L, or double click on a chart)"
          onClick={() => (window.value = backToLive(window.value))}
        >
          ● back to live
        </button>
      )}
      <button
        type="button"
        data-testid="changes"
        aria-pressed={page.changes.value !== undefined}
        title={`Which charts changed most: ${mode === "fixed" ? "this range against the time before it" : "wherever in this range"} (W)`}
        onClick={() => void toggleChanges(page)}
      >
        {page.changes.value === "waiting" ? "comparing…" : "what changed?"}
      </button>
      <SpanText page={page} />
      {(page.instances.value.length > 1 || page.instance.value !== "") && (
        <Lazy load={picker} props={{ page }} />
      )}
      <button
        type="button"
        class="zone"
        aria-pressed={isUtc.value}
        title="Times in UTC (U)"
        onClick={() => (isUtc.value = !isUtc.value)}
      >
        {isUtc.value ? "UTC" : "local"}
      </button>
    </div>
  );
}

const picker = async () => (await import("../panels/instance-picker.js")).InstancePicker;

export function togglePause({ window, edgeMs }: Page): void {
  const { value } = window;
  window.value = value.mode === "fixed" && value.isPaused ? backToLive(value) : pause(value, edgeMs.peek());
}

function SpanText({ page }: { readonly page: Page }) {
  const { fromMs, toMs } = page.span.value;
  const isUtc = page.isUtc.value;
  const { rangeMs } = page.window.value;
  const retentionMs = page.metrics.value?.[0]?.retentionMs ?? Infinity;
  const isBeyond = rangeMs >= retentionMs || fromMs < page.edgeMs.peek() - retentionMs;
  return (
    <span class="span">
      {isBeyond && <span data-testid="oldest">oldest kept {formatDuration(retentionMs)} · </span>}
      {timeText(fromMs, isUtc, page.window.value.mode === "fixed")} – {timeText(toMs, isUtc)}
    </span>
  );
}
