import type { Heat } from "../data/heat.js";
import type { Line } from "../data/lines.js";
import type { Span } from "../data/time-window.js";
import type { Measure } from "../data/units.js";
import type { Palette } from "./palette.js";

export interface DrawnLine extends Line {
  readonly name: string;
  readonly colour: number;
  readonly isShown: boolean;
}

/** A range in which there is nothing, and why. */
export interface Void extends Span {
  readonly reason: string;
  /** Something is missing there; else there never was anything. */
  readonly isGap: boolean;
}

/** An event's place in time. */
interface Mark {
  readonly atMs: number;
  readonly type: string;
}

/** Everything that a chart draws. */
export interface Picture {
  /** Seconds since the Unix epoch, as uPlot wants them. */
  readonly times: readonly number[];
  readonly lines: readonly DrawnLine[];
  readonly span: Span;
  readonly valueRange: readonly [number, number];
  readonly measure: Measure;
  readonly voids: readonly Void[];
  /** A heatmap in the place of lines: its fields, and the bounds of its buckets. */
  readonly heat?: { readonly fields: readonly Heat[]; readonly bounds: readonly number[] };
}

/** What all charts have in common. */
export interface Scene {
  readonly palette: Palette;
  readonly marks: readonly Mark[];
  readonly isUtc: boolean;
}
