import { loadTrace, type Trace } from "../../../packages/testkit/src/traces.js";

const rowsPerTick = 5;
const nodeSeries = 507;
const expressSeries = 493;

/**
 * A thousand series of two recorded services, at 5 s: every fifth row of traces of one row a second. Where the traces end
 * they begin again, each time at another of the five rows and with counters that go on from where they were, so that no
 * stretch is the same numbers as one before.
 */
export class ContinuedTrace {
  readonly series: Trace["series"];
  readonly #rows: readonly (readonly (number | null)[])[];
  readonly #growth: Float64Array;
  readonly #ticksPerTurn: number;

  constructor() {
    const node = loadTrace("node-exporter-1s");
    const express = loadTrace("express-prom-client-1s");
    // Some names are in both.
    const apart = express.series.map((info) => ({ ...info, labels: { ...info.labels, job: "express" } }));
    this.series = [...node.series.slice(0, nodeSeries), ...apart.slice(0, expressSeries)];
    this.#rows = node.rows.map((row, at) => [
      ...row.slice(0, nodeSeries),
      ...(express.rows[at] ?? []).slice(0, expressSeries),
    ]);
    this.#ticksPerTurn = Math.floor((this.#rows.length - rowsPerTick) / rowsPerTick);
    this.#growth = Float64Array.from(this.series, ({ kind }, index) =>
      kind === "counter" ? this.#grown(index) : 0,
    );
  }

  value(tick: number, index: number): number | null {
    const turn = Math.floor(tick / this.#ticksPerTurn);
    const row = (tick % this.#ticksPerTurn) * rowsPerTick + (turn % rowsPerTick);
    const value = this.#rows[row]?.[index] ?? null;
    const growth = this.#growth[index] ?? 0;
    return value === null || growth === 0 ? value : value + turn * growth;
  }

  /** By how much a counter grows within the trace. */
  #grown(index: number): number {
    const values = this.#rows.flatMap((row) => row[index] ?? []);
    return (values.at(-1) ?? 0) - (values[0] ?? 0);
  }
}
