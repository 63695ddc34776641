import "../styles/table.css";
import type { ReadonlySignal } from "@preact/signals";
import { formatValue } from "../data/units.js";
import type { Picture } from "./picture.js";
import type { Sketch } from "./sketch.js";
import { timeText } from "./times.js";

export interface TableProps {
  readonly id: string;
  readonly name: string;
  readonly sketch: ReadonlySignal<Sketch | undefined>;
  readonly isUtc: boolean;
}

const mostRows = 60;

/** The same as the chart, in words: every so many points, newest first. */
export function Table({ id, name, sketch, isUtc }: TableProps) {
  const picture = sketch.value?.picture;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="table" id={id} tabIndex={0} aria-label={`Values of ${name}`}>
      {picture && (
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              {picture.lines.map(({ key, name: line }) => (
                <th scope="col" key={key}>
                  <bdi>{line}</bdi>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rowsOf(picture).map((row) => (
              <tr key={picture.times[row]}>
                <th scope="row">{timeText((picture.times[row] ?? 0) * 1_000, isUtc, true)}</th>
                {picture.lines.map(({ key, values }) => (
                  <td key={key}>{formatValue(values[row], picture.measure)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function rowsOf({ times }: Picture): number[] {
  const step = Math.max(1, Math.ceil(times.length / mostRows));
  const rows: number[] = [];
  for (let row = times.length - 1; row >= 0; row -= step) rows.push(row);
  return rows;
}
