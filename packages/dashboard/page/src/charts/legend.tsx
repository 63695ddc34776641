import { type ReadonlySignal, type Signal, useComputed } from "@preact/signals";
import { useMemo } from "preact/hooks";
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
  /** Its height is that of the metric, not of what is drawn just now. */
  readonly className: string;
  /** The metric's name: a line of the same name needs none. */
  readonly name: string;
}

const many = 40;

/**
 * Lines with their values: the newest, or those under the cross. A click shows one alone, with Ctrl it hides one. Drawn anew
 * only when other lines are shown; values are written into it as they change.
 */
export function Legend({ sketch, look, cursorMs, palette, few, name, className }: LegendProps) {
  const shape = useComputed(() => shapeOf(sketch.value)).value;
  const values = useComputed(() => valuesOf(sketch.value, cursorMs.value));
  const { picture, rest = 0 } = sketch.peek() ?? {};
  const lines = useMemo(() => picture?.lines ?? [], [shape]);
  const isMany = look.value.most > few;
  return (
    <ul class={className}>
      {lines.map((line, k) => (
        <Line
          key={line.key}
          line={line}
          look={look}
          palette={palette}
          isNamed={line.name !== name}
          values={values}
          k={k}
        />
      ))}
      {lines.length === 1 && <Extent sketch={sketch} />}
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

interface LineProps {
  readonly line: DrawnLine;
  readonly look: Signal<Look>;
  readonly palette: Palette;
  readonly isNamed: boolean;
  readonly values: ReadonlySignal<readonly string[]>;
  readonly k: number;
}

function Line({ line, look, palette, isNamed, values, k }: LineProps) {
  const value = useComputed(() => values.value[k] ?? "");
  const choose = (isToggle: boolean) => {
    look.value = isToggle ? toggled(look.value, line.key) : isolated(look.value, line.key);
  };
  return (
    <li data-series-label={line.name}>
      <button
        type="button"
        aria-pressed={line.isShown}
        class={line.isShown ? "line" : "line off"}
        title={`${line.name}\nClick: alone. Ctrl+click: hide.`}
        onClick={(event) => choose(event.ctrlKey || event.metaKey)}
      >
        <span
          class={`swatch ${dashStyle(line.colour)}`}
          style={{ borderColor: lineColour(palette, line.colour) }}
        />
        {isNamed && <bdi class="name">{line.name}</bdi>}
        <span class="value">{value}</span>
      </button>
    </li>
  );
}

/** Where there is one line, there is room for what it was at least, at most and on average. */
function Extent({ sketch }: Pick<LegendProps, "sketch">) {
  const words = useComputed(() => extentWords(sketch.value?.picture));
  const least = useComputed(() => words.value[0]);
  const mean = useComputed(() => words.value[1]);
  const most = useComputed(() => words.value[2]);
  return (
    <li class="extent">
      <span>
        min <b>{least}</b>
      </span>
      <span class="avg">
        avg <b>{mean}</b>
      </span>
      <span>
        max <b>{most}</b>
      </span>
    </li>
  );
}

function extentWords(picture: Picture | undefined): readonly [string, string, string] {
  const [line] = picture?.lines ?? [];
  const extent = picture && extentOf(picture.lines, 0, picture.times.length - 1);
  if (!line || !extent) return ["–", "–", "–"];
  const text = (value: number | null) => formatValue(value, picture.measure);
  return [text(extent[0]), text(meanOf(line.values)), text(extent[1])];
}

/** All of a legend but its values. */
function shapeOf(sketch: Sketch | undefined): string {
  const lines = sketch?.picture.lines.map(({ key, name, colour, isShown }) => [key, name, colour, isShown]);
  return JSON.stringify([lines, sketch?.rest]);
}

function valuesOf(sketch: Sketch | undefined, cursorMs: number | undefined): string[] {
  const { lines = [], times = [], measure } = sketch?.picture ?? {};
  const row = rowAt(times, cursorMs);
  return lines.map((line) => (measure ? formatValue(valueAt(line, row), measure) : ""));
}

function valueAt({ values }: DrawnLine, row: number | undefined): number | null | undefined {
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
