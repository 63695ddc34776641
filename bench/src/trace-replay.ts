import type { Sample, Source } from "@metricast/core";
import { seriesKey, type Trace } from "@metricast/testkit";

/** Gives a recorded trace's first series, one row a read, and its last row for ever after. */
export class TraceReplay implements Source {
  readonly name = "trace";
  readonly #trace: Trace;
  readonly #width: number;
  #row = -1;

  constructor(trace: Trace, width: number) {
    this.#trace = trace;
    this.#width = width;
  }

  /** The row that the last read gave. */
  get row(): readonly (number | null)[] {
    return this.#trace.rows[this.#row] ?? [];
  }

  read(): Sample[] {
    if (this.#row + 1 < this.#trace.rows.length) this.#row += 1;
    const { row } = this;
    return this.#trace.series.slice(0, this.#width).flatMap((info, index) => {
      const value = row[index];
      return typeof value === "number" ? [{ ...info, value }] : [];
    });
  }

  /** What one reader gets who is sent everything: `{ name: value }` as JSON. */
  snapshotJson(): string {
    const names = this.#trace.series.slice(0, this.#width).map(seriesKey);
    return JSON.stringify(Object.fromEntries(names.map((name, index) => [name, this.row[index]])));
  }
}
