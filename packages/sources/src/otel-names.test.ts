import { describe, expect, it } from "vitest";
import { labelsOf, metricNameOf, unitNameOf } from "./otel-names.js";

describe("names of OpenTelemetry", () => {
  it.each([
    ["http.server.request.duration", "http.server.request.duration"],
    ["queue/depth", "queue_depth"],
    ["9lives", "_9lives"],
    ["a".repeat(300), "a".repeat(255)],
  ])("%s is the metric %s", (given, name) => {
    expect(metricNameOf(given)).toBe(name);
  });

  it.each([
    ["s", "seconds"],
    ["By", "bytes"],
    ["By/s", "By/s"],
    ["1", undefined],
    ["{request}", undefined],
    ["", undefined],
  ])("%j is the unit %s", (given, unit) => {
    expect(unitNameOf(given)).toBe(unit);
  });

  it("become labels, joined where two are one, as texts", () => {
    const attributes = { "a.b": 1, a_b: "x", list: ["p", "q"], ok: true, none: undefined, "0": "n" };
    expect(labelsOf(attributes)).toEqual({ a_b: "1;x", list: '["p","q"]', ok: "true", _0: "n" });
  });
});
