import { describe, expect, it } from "vitest";
import { DurationTable } from "./http-durations.js";

const request = { method: "GET", route: "/", status: "2xx" };

describe("DurationTable", () => {
  it("counts a duration in the first bucket whose bound it does not pass", () => {
    const table = new DurationTable([0.25, 1]);
    for (const seconds of [0, 0.25, 0.5, 1, 1.5, 100]) table.observe(request, seconds);
    expect(table.samples("d_seconds", "D.")).toEqual([
      {
        name: "d_seconds",
        labels: request,
        kind: "histogram",
        unit: "seconds",
        help: "D.",
        value: { bounds: [0.25, 1], counts: [2, 2, 2], sum: 103.25, count: 6 },
      },
    ]);
  });

  it("gives copies: a sample does not change after it was read", () => {
    const table = new DurationTable([1]);
    table.observe(request, 0.5);
    const before = structuredClone(table.samples("d", ""));
    const read = table.samples("d", "");
    table.observe(request, 0.5);
    expect(read).toEqual(before);
  });

  it("keeps 500 routes apart and counts later ones as other", () => {
    const table = new DurationTable([1]);
    for (let n = 0; n < 600; n++) table.observe({ ...request, route: `/r${n}` }, 0.5);
    const samples = table.samples("d", "");
    expect(samples).toHaveLength(501);
    expect(samples.at(-1)).toMatchObject({ labels: { route: "other" }, value: { count: 100 } });
  });
});
