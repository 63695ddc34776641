import type { ReadonlySignal, Signal } from "@preact/signals";
import { meanOf } from "../data/top.js";
import { formatValue } from "../data/units.js";
import { extentOf } from "../data/value-range.js";
import { dashStyle, lineColour, type Palette } from "./palette.js";
import type { DrawnLine, Picture } from "./picture.js";
import { rowAt } from "./row-at.js";
import type { Look, Sketch } from "./sketch.js";

interface LegendProps {
  readonly sketch: ReadonlySignal<Sketch | undefined>;
  readonly look: Signal<Look>;
  readonly cursorMs: ReadonlySignal<number | undefined>;
  readonly palette: Palette;
  readonly few: number;
  /** The metric's name: a line of the same name needs none. */
  readonly name: string;
}

const many = 40;

/** Lines with their values: the newest, or those under the cross. A click shows one alone, with Ctrl it hides one. */
export function Legend({ sketch, look, cursorMs, palette, few, name }: LegendProps) {
  const drawn = sketch.value;
  if (!drawn) return <div class="legend" />;
  const { picture, rest } = drawn;
  const row = rowAt(picture.times, cursorMs.value);
  const choose = (key: string, isToggle: boolean) => {
    look.value = isToggle ? toggled(look.value, key) : isolated(look.value, key);
  };
  const isMany = look.value.most > few;
  return (
    <ul class="legend">
      {picture.lines.map((line) => (
        <li key={line.key} data-series-label={line.name}>
          <button
            type="button"
            aria-pressed={line.isShown}
            class={line.isShown ? "line" : "line off"}
            title={`${line.name}\nClick: alone. Ctrl+click: hide.`}
            onClick={(event) => choose(line.key, event.ctrlKey || event.metaKey)}
          >
            <span
              class={`swatch ${dashStyle(line.colour)}`}
              style={{ borderColor: lineColour(palette, line.colour) }}
            />
            {line.name !== name && <bdi class="name">{line.name}</bdi>}
            <span class="value">{formatValue(newestOf(line, row), picture.measure)}</span>
          </button>
        </li>
      ))}
      {picture.lines.length === 1 && <Extent picture={picture} />}
      {(rest > 0 || isMany) && (
        <li>
          <button
            type="button"
            class="more"
            data-testid="more"
            onClick={() => grow(look, isMany ? few : many)}
          >
            {isMany ? `only ${few}` : `and ${rest} more`}
          </button>
        </li>
      )}
    </ul>
  );
}

/** Where there is one line, there is room for what it was at least, at most and on average. */
function Extent({ picture }: { readonly picture: Picture }) {
  const extent = extentOf(picture.lines, 0, picture.times.length - 1);
  const [line] = picture.lines;
  if (!extent || !line) return null;
  const [least, most] = extent;
  const words = { min: least, avg: meanOf(line.values), max: most };
  return (
    <li class="extent">
      {Object.entries(words).map(([word, value]) => (
        <span key={word} class={word}>
          {word} <b>{formatValue(value, picture.measure)}</b>
        </span>
      ))}
    </li>
  );
}

function newestOf({ values }: DrawnLine, row: number | undefined): number | null | undefined {
  if (row !== undefined) return values[row];
  // The newest row may be of a tick that not all have yet.
  return values.at(-1) ?? values.at(-2);
}

function grow(look: Signal<Look>, most: number): void {
  look.value = { ...look.value, most };
}

function isolated(look: Look, key: string): Look {
  return { ...look, hidden: new Set(), isolated: look.isolated === key ? undefined : key };
}

function toggled(look: Look, key: string): Look {
  const hidden = new Set(look.hidden);
  if (!hidden.delete(key)) hidden.add(key);
  return { ...look, isolated: undefined, hidden };
}
