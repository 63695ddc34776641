import type { Family, Member } from "./family.js";
import type { GaugeSpread } from "./overflow.js";
import { Rejections } from "./rejections.js";

/** What a source answered, checked, until a batch takes it. */
export interface Reading {
  /** Whom each sample is for; a family where its label set found no room. */
  readonly refs: (Member | Family)[];
  /** The slots of all samples, one after the other. */
  readonly values: number[];
  /** Gauges of label sets that were never kept apart. */
  readonly gaugeOverflows: (GaugeSpread & { readonly family: Family })[];
  /** Known series for which garbage came. */
  readonly spoiled: Member[];
  readonly rejected: Rejections;
  /** The source had more to give than one read may. */
  cut: boolean;
}

export function emptyReading(): Reading {
  return { refs: [], values: [], gaugeOverflows: [], spoiled: [], rejected: new Rejections(), cut: false };
}
