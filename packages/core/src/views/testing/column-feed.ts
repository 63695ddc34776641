import { type SeriesInfo, type StaleCause, slotCount } from "@metricast/protocol";
import { type Batch, type Columns, type Series, seriesState } from "../../contracts/feed.js";

/** A series' content at a tick: a value, an array for a histogram, or why there is none. */
export type Cell = number | readonly number[] | "absent" | { readonly stale: StaleCause };

/** A channel's columns and batches from plain cells, with what changed worked out as the contract words it. */
export class ColumnFeed implements Columns {
  readonly series: Series[] = [];
  values = new Float64Array(0);
  states = new Uint8Array(0);
  slotCount = 0;
  readonly #causes: (StaleCause | undefined)[] = [];
  readonly #cells: Cell[] = [];
  #added = 0;
  #tick: number | undefined;

  staleCause(seriesIndex: number): StaleCause | undefined {
    return this.#causes[seriesIndex];
  }

  /** What each series is at the head tick. */
  get cells(): readonly Cell[] {
    return this.#cells;
  }

  add(info: SeriesInfo, bornTick = 0): Series {
    const series = {
      index: this.series.length,
      slot: this.slotCount,
      width: slotCount(info),
      info,
      bornTick,
    };
    this.series.push(series);
    this.slotCount += series.width;
    // Replaced when they grow, as the contract says.
    this.values = grown(this.values, new Float64Array(this.slotCount + 3));
    this.states = grown(this.states, new Uint8Array(this.series.length));
    return series;
  }

  /** Cells by series index; what is not named stays as it was, and is absent before its first. */
  batch(tick: number, cells: readonly (Cell | undefined)[] = []): Batch {
    const firstNew = this.#added;
    this.#added = this.series.length;
    const changed = this.series.filter((series) => this.#set(series, cells[series.index], firstNew));
    const prev = this.#tick;
    this.#tick = tick;
    return {
      channel: "metrics",
      tick,
      ...(prev !== undefined && { prev }),
      columns: this,
      changed: changed.map(({ index }) => index),
      firstNew,
    };
  }

  #set({ index, slot }: Series, cell: Cell | undefined, firstNew: number): boolean {
    const before = this.#cells[index];
    const now = cell ?? before ?? "absent";
    this.#cells[index] = now;
    this.#causes[index] = typeof now === "object" && "stale" in now ? now.stale : undefined;
    if (typeof now === "number") this.values[slot] = now;
    else if (isSlots(now)) this.values.set(now, slot);
    this.states[index] = stateOf(now);
    return index >= firstNew || !sameCell(before, now);
  }
}

function stateOf(cell: Cell): number {
  if (cell === "absent") return seriesState.absent;
  return typeof cell === "object" && "stale" in cell ? seriesState.stale : seriesState.live;
}

function isSlots(cell: Cell): cell is readonly number[] {
  return Array.isArray(cell);
}

function sameCell(a: Cell | undefined, b: Cell): boolean {
  if (a === undefined || typeof a !== "object" || typeof b !== "object") return Object.is(a, b);
  if (isSlots(a) && isSlots(b)) return a.every((value, k) => Object.is(value, b[k]));
  return "stale" in a && "stale" in b && a.stale === b.stale;
}

function grown<T extends Float64Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
