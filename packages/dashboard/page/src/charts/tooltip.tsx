import { type BookedEvent, eventText } from "../data/event-book.js";
import { formatValue, type Measure } from "../data/units.js";
import type { Page } from "../shell/page.js";
import { dashStyle, lineColour } from "./palette.js";
import type { DrawnLine, Picture } from "./picture.js";
import { rowAt } from "./row-at.js";
import { timeText } from "./times.js";

const mostLines = 14;
const mostEvents = 4;
/** Events within so many parts of the range are under the pointer. */
const nearness = 100;
const distancePx = 16;

/** What is under the pointer: the moment, each line's value, and events close by. One for the whole page. */
export function Tooltip({ page }: { readonly page: Page }) {
  const atMs = page.cursorMs.value;
  const pointed = page.pointed.value;
  const drawn = pointed?.sketch.value;
  if (!pointed || atMs === undefined || !drawn) return null;
  const { picture } = drawn;
  const row = rowAt(picture.times, atMs);
  const { fromMs, toMs } = picture.span;
  const margin = (toMs - fromMs) / nearness;
  const events = page.events.between(atMs - margin, atMs + margin).slice(0, mostEvents);
  const reason = picture.voids.find((one) => one.fromMs < atMs && atMs <= one.toMs)?.reason;
  const timeMs = row === undefined ? atMs : (picture.times[row] ?? 0) * 1_000;
  return (
    <div class="tooltip" style={placeOf(pointed)} aria-hidden="true">
      <div class="when">{timeText(timeMs, page.isUtc.value, true)}</div>
      {row === undefined || reason !== undefined ? (
        <div class="why">{reason ?? "no point"}</div>
      ) : (
        <Rows picture={picture} row={row} page={page} />
      )}
      {events.map((event) => (
        <EventLine key={event.id} event={event} />
      ))}
    </div>
  );
}

/** Beside the pointer, on the side where there is more room. */
function placeOf({ x, y }: { readonly x: number; readonly y: number }) {
  const top =
    y < innerHeight * 0.6 ? { top: `${y + distancePx}px` } : { bottom: `${innerHeight - y + distancePx}px` };
  return x < innerWidth / 2
    ? { ...top, left: `${x + distancePx}px` }
    : { ...top, right: `${innerWidth - x + distancePx}px` };
}

function Rows({
  picture,
  row,
  page,
}: {
  readonly picture: Picture;
  readonly row: number;
  readonly page: Page;
}) {
  const { palette } = page.scene.value;
  const lines = picture.lines.filter(({ isShown }) => isShown);
  const ranked = [...lines].sort((a, b) => (b.values[row] ?? -Infinity) - (a.values[row] ?? -Infinity));
  return (
    <>
      {ranked.slice(0, mostLines).map((line) => (
        <div class="row" key={line.key}>
          <span
            class={`swatch ${dashStyle(line.colour)}`}
            style={{ borderColor: lineColour(palette, line.colour) }}
          />
          <bdi class="name">{line.name}</bdi>
          <span class="value">{valueText(line, row, picture.measure)}</span>
        </div>
      ))}
    </>
  );
}

function valueText({ values, low, high }: DrawnLine, row: number, measure: Measure): string {
  const value = formatValue(values[row], measure);
  if (!low || !high || low[row] === high[row]) return value;
  return `${value} (${formatValue(low[row], measure)} – ${formatValue(high[row], measure)})`;
}

function EventLine({ event }: { readonly event: BookedEvent }) {
  return (
    <div class="row event">
      <span class="flag">▲</span>
      <bdi class="name">{event.type}</bdi>
      <bdi class="value">{eventText(event).slice(0, 80)}</bdi>
    </div>
  );
}
