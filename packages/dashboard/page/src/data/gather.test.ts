import type { SeriesColumns } from "@metricast/client";
import { describe, expect, test } from "vitest";
import { gatherableLabels, gatherBy } from "./gather.js";

const { NaN: none } = Number;
const of = (...values: number[]) => Float64Array.from(values);

function gauge(labels: Record<string, string>, values: number[]): SeriesColumns {
  const column = of(...values);
  const count = column.map((value) => (Number.isNaN(value) ? 0 : 1));
  const info = { name: "m", labels, kind: "gauge" } as const;
  return {
    key: JSON.stringify(labels),
    kind: "gauge",
    info,
    count,
    last: column,
    min: column,
    max: column,
    sum: column,
  };
}

function counter(labels: Record<string, string>, increase: number[]): SeriesColumns {
  const info = { name: "m", labels, kind: "counter" } as const;
  const count = of(...increase.map(() => 1));
  return {
    key: JSON.stringify(labels),
    kind: "counter",
    info,
    count,
    last: count,
    increase: of(...increase),
  };
}

describe("series by a label", () => {
  test("are summed; where one has no value the others count, where none has there is none", () => {
    const series = [
      gauge({ cpu: "0", mode: "user" }, [1, none, none]),
      gauge({ cpu: "1", mode: "user" }, [2, 3, none]),
      gauge({ cpu: "0", mode: "idle" }, [10, 20, 30]),
    ];
    const gathered = gatherBy("mode")(series);
    expect(gathered.map(({ key, info }) => [key, info.labels])).toEqual([
      ["mode=user", { mode: "user" }],
      ["mode=idle", { mode: "idle" }],
    ]);
    expect(gathered[0]).toMatchObject({ count: of(1, 1, 0), sum: of(3, 3, none) });
    expect(gathered[1]).toMatchObject({ sum: of(10, 20, 30) });
  });

  test("of counters are what all grew by", () => {
    const series = [counter({ a: "x", b: "1" }, [1, 2]), counter({ a: "x", b: "2" }, [5, none])];
    expect(gatherBy("a")(series)).toMatchObject([{ increase: of(6, 2), count: of(1, 1) }]);
  });

  test("of histograms are the observations of all", () => {
    const histogram = (route: string, increase: number): SeriesColumns => {
      const info = { name: "m", labels: { route, code: "200" }, kind: "histogram", bounds: [1] } as const;
      const slot = { last: of(0), increase: of(increase) };
      return { key: route, kind: "histogram", info, count: of(1), slots: [slot, slot, slot] };
    };
    const [all] = gatherBy("code")([histogram("/", 2), histogram("/a", 3)]);
    expect(all).toMatchObject({ slots: [{ increase: of(5) }, { increase: of(5) }, { increase: of(5) }] });
  });

  test("a label that a series lacks is the empty one", () => {
    const gathered = gatherBy("host")([gauge({}, [1]), gauge({ host: "a" }, [2])]);
    expect(gathered.map(({ key }) => key)).toEqual(["host=", "host=a"]);
  });
});

test("only labels that make fewer lines, and more than one, are offered", () => {
  const labels = (cpu: string, mode: string) => ({ labels: { cpu, mode, host: "h", id: cpu + mode } });
  const series = [labels("0", "user"), labels("0", "idle"), labels("1", "user"), labels("1", "idle")];
  expect(gatherableLabels(series)).toEqual(["cpu", "mode"]);
});
