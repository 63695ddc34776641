import { describe, expect, it } from "vitest";
import { expositionNames, loadExpositions, loadTrace, type TraceName, traceNames } from "./traces.js";

const shapes: Record<TraceName, { series: number; rows: number; stepMs: number; absent: number }> = {
  "express-prom-client-1s": { series: 891, rows: 600, stepMs: 1_000, absent: 0 },
  "express-prom-client-self-100ms": { series: 891, rows: 1_800, stepMs: 100, absent: 149_733 },
  "node-exporter-1s": { series: 507, rows: 600, stepMs: 1_000, absent: 0 },
};

describe("loadTrace", () => {
  it.each(traceNames)("reads every cell of %s", (name) => {
    const { series, rows, dtMs, startMs } = loadTrace(name);
    const shape = shapes[name];
    expect(series).toHaveLength(shape.series);
    expect(rows).toHaveLength(shape.rows);
    expect(dtMs).toHaveLength(shape.rows);
    expect(dtMs[0]).toBe(0);
    expect(startMs).toBeGreaterThan(1.7e12);
    expect(dtMs.reduce((sum, ms) => sum + ms) / (shape.rows - 1)).toBeCloseTo(shape.stepMs, -2);
    expect(rows.every((row) => row.length === shape.series)).toBe(true);
    expect(rows.flat().filter((cell) => cell === null)).toHaveLength(shape.absent);
    expect(rows.flat().every((cell) => cell === null || typeof cell === "number")).toBe(true);
  });

  it("parses names, labels and kinds", () => {
    const { series } = loadTrace("express-prom-client-1s");
    expect(series).toContainEqual({
      name: "http_request_duration_seconds_bucket",
      labels: { le: "0.05", method: "GET", route: "/users/:id", code: "200" },
      kind: "counter",
    });
    expect(series).toContainEqual({ name: "http_inflight_requests", labels: {}, kind: "gauge" });
  });
});

describe("loadExpositions", () => {
  it.each(expositionNames)("gives three texts of %s", (name) => {
    const texts = loadExpositions(name);
    expect(texts).toHaveLength(3);
    for (const text of texts) expect(text).toMatch(/^# HELP /);
  });
});
