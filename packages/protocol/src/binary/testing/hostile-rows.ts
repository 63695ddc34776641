import { decodeSeriesInfo } from "../../json-block.js";
import type { WireSeries } from "../../wire-values.js";
import { frameSlots } from "../step-slots.js";
import { type Chance, chanceOf, streamNames, streamOf } from "./number-streams.js";
import { type Cell, isLive, type Row, WireStage } from "./wire-stage.js";

export interface Staged {
  readonly stepTicks: number;
  readonly entries: readonly WireSeries[];
  readonly rows: readonly Row[];
}

/**
 * Series of every kind and stream, of one slot and of several, that go, fail, come back with the values they had or
 * others, and are joined by new ones on the way.
 */
export function hostile(seed: number, ticks: number, width: number, leaving = 0.1, stepTicks = 1): Staged {
  const chance = chanceOf(seed);
  const entries = Array.from({ length: width }, (_, k): WireSeries => {
    const labels = { k: String(k) };
    if (k % 5 === 4) return { name: "h", labels, kind: "histogram", bounds: [0.1, 1, 10].slice(k % 4) };
    return k % 5 === 3 ? { name: "c", labels, kind: "counter" } : { name: "g", labels };
  });
  const sources = entries.map((entry, k) =>
    sourceOf(frameSlots(decodeSeriesInfo(entry), stepTicks), k, chance),
  );
  const rows = Array.from({ length: ticks }, (_, tick) => {
    // A third of the series are born on the way.
    const born = Math.min(width, Math.ceil(width * (2 / 3 + tick / ticks)));
    return sources.slice(0, born).map((source) => source(leaving));
  });
  return { stepTicks, entries, rows };
}

function sourceOf(slots: number, k: number, chance: Chance): (leaving: number) => Cell {
  const next = Array.from({ length: slots }, (_, slot) =>
    streamOf(streamNames[(k + slot) % streamNames.length] ?? "", chance),
  );
  let known = next.map((take) => take());
  let cell: Cell = k % 7 === 6 ? "absent" : known;
  return (leaving) => {
    const luck = chance();
    if (!isLive(cell) && luck < 0.6) return cell;
    if (luck < leaving / 2) cell = "absent";
    else if (luck < leaving) cell = { stale: chance() < 0.5 ? "timeout" : "limit" };
    else if (luck < 0.4) cell = known;
    else {
      known = known.map((value, slot) => (chance() < 0.5 ? value : (next[slot]?.() ?? 0)));
      cell = known;
    }
    return cell;
  };
}

/** Takes the stage through the rows; `look` is called after each. */
export function play(
  { stepTicks, entries, rows }: Staged,
  look: (stage: WireStage, row: Row, at: number) => void,
): void {
  const stage = new WireStage(stepTicks);
  rows.forEach((row, at) => {
    stage.add(...entries.slice(stage.seriesCount, row.length));
    stage.advance(row, stepTicks * (1 + (at % 3)));
    look(stage, row, at);
  });
}
