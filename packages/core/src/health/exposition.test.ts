import { type SeriesInfo, slotCount } from "@metricast/protocol";
import fc from "fast-check";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { type Columns, type Series, seriesState } from "../contracts/feed.js";
import { expositionText } from "./exposition.js";

interface Row {
  readonly info: Partial<SeriesInfo> & Pick<SeriesInfo, "name">;
  readonly values: readonly number[];
  readonly state?: number;
}

function columnsOf(rows: readonly Row[]): Columns {
  const values: number[] = [];
  const series = rows.map((row, index): Series => {
    const info: SeriesInfo = { labels: {}, kind: "gauge", ...row.info };
    const slot = values.length;
    expect(row.values).toHaveLength(slotCount(info));
    values.push(...row.values);
    return { index, slot, width: row.values.length, info, bornTick: 0 };
  });
  return {
    series,
    values: Float64Array.from(values),
    states: Uint8Array.from(rows.map((row) => row.state ?? seriesState.live)),
    slotCount: values.length,
    staleCause: () => undefined,
  };
}

describe("OpenMetrics", () => {
  it("has a counter's family without its suffix, a unit that the name ends with, and an end", () => {
    const columns = columnsOf([
      { info: { name: "requests_total", kind: "counter", help: 'Say "hi".' }, values: [5] },
      { info: { name: "hits", kind: "counter" }, values: [7] },
      { info: { name: "heap_bytes", unit: "bytes" }, values: [1] },
      { info: { name: "load", unit: "ratio" }, values: [2] },
    ]);
    expect(expositionText([{ columns }], { openMetrics: true })).toBe(
      '# HELP requests Say \\"hi\\".\n# TYPE requests counter\nrequests_total 5\n' +
        "# TYPE hits counter\nhits_total 7\n" +
        "# TYPE heap_bytes gauge\n# UNIT heap_bytes bytes\nheap_bytes 1\n" +
        "# TYPE load gauge\nload 2\n# EOF\n",
    );
  });

  it("leaves out what is not shown", () => {
    const columns = columnsOf([
      { info: { name: "a" }, values: [1] },
      { info: { name: "b" }, values: [2] },
    ]);
    const shows = ({ name }: { readonly name: string }) => name === "b";
    expect(expositionText([{ columns, shows }])).toBe("# TYPE b gauge\nb 2\n");
  });
});

const text = (...rows: Row[]) => expositionText([{ columns: columnsOf(rows) }]);

/** A second reader of the format, which shares nothing with the writer; it throws at anything out of order. */
function read(exposition: string) {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  if (exposition !== "" && !exposition.endsWith("\n")) throw new Error("no last line end");
  for (const line of exposition.split("\n").slice(0, -1)) {
    const meta = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s.exec(line);
    if (meta !== null) {
      const table = meta[1] === "HELP" ? helps : types;
      const name = meta[2] ?? "";
      if (table.has(name)) throw new Error(`twice: ${line}`);
      table.set(
        name,
        (meta[3] ?? "").replace(/\\(n|\\)/g, (_, c) => (c === "n" ? "\n" : "\\")),
      );
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/s.exec(line);
    if (sample === null) throw new Error(`not a sample: ${line}`);
    const labels = [...labelsOf(sample[2] ?? "")].sort();
    const key = `${sample[1]} ${JSON.stringify(labels)}`;
    if (samples.has(key)) throw new Error(`twice: ${key}`);
    samples.set(key, numberOf(sample[3] ?? ""));
    const family = (sample[1] ?? "").replace(/_(bucket|sum|count)$/, "");
    if (!types.has(sample[1] ?? "") && types.get(family) !== "histogram") throw new Error(`no type: ${line}`);
  }
  return { samples, types, helps };
}

function labelsOf(inside: string): Map<string, string> {
  const labels = new Map<string, string>();
  let rest = inside;
  while (rest !== "") {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/.exec(rest);
    if (label === null || labels.has(label[1] ?? "")) throw new Error(`bad labels: ${inside}`);
    labels.set(
      label[1] ?? "",
      (label[2] ?? "").replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c)),
    );
    rest = rest.slice(label[0].length);
  }
  return labels;
}

function numberOf(word: string): number {
  if (word === "+Inf") return Number.POSITIVE_INFINITY;
  if (word === "-Inf") return Number.NEGATIVE_INFINITY;
  if (word !== "NaN" && Number.isNaN(Number(word))) throw new Error(`no number: ${word}`);
  return Number(word);
}

describe("exposition", () => {
  it("is empty without series", () => {
    expect(expositionText([])).toBe("");
  });

  it("says HELP and TYPE once per name, and groups what belongs together", () => {
    const requests = { name: "requests_total", kind: "counter", help: "Requests." } as const;
    const first = columnsOf([
      { info: { ...requests, labels: { code: "200" } }, values: [5] },
      { info: { name: "temp", help: "Line one\nand a \\ in it" }, values: [-1.5] },
    ]);
    const second = columnsOf([{ info: { ...requests, labels: { code: "500" } }, values: [1] }]);
    expect(expositionText([{ columns: first }, { columns: second }])).toBe(
      "# HELP requests_total Requests.\n" +
        "# TYPE requests_total counter\n" +
        'requests_total{code="200"} 5\n' +
        'requests_total{code="500"} 1\n' +
        "# HELP temp Line one\\nand a \\\\ in it\n" +
        "# TYPE temp gauge\n" +
        "temp -1.5\n",
    );
  });

  it("unfolds a histogram into counts up to each bound", () => {
    const info = { name: "took", kind: "histogram", bounds: [0.1, 1], labels: { route: "/" } } as const;
    expect(text({ info, values: [3, 2, 1, 4.5] })).toBe(
      "# TYPE took histogram\n" +
        'took_bucket{route="/",le="0.1"} 3\n' +
        'took_bucket{route="/",le="1"} 5\n' +
        'took_bucket{route="/",le="+Inf"} 6\n' +
        'took_sum{route="/"} 4.5\n' +
        'took_count{route="/"} 6\n',
    );
  });

  it("leaves out what is stale or absent, and families that have nothing else", () => {
    const rows = [
      { info: { name: "a" }, values: [1], state: seriesState.stale },
      { info: { name: "b" }, values: [2], state: seriesState.absent },
      { info: { name: "c" }, values: [3] },
    ];
    expect(text(...rows)).toBe("# TYPE c gauge\nc 3\n");
  });

  it("names numbers that are none", () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e21, 5e-324];
    const rows = values.map((value, index) => ({ info: { name: `n${index}` }, values: [value] }));
    const lines = text(...rows)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines).toEqual(["n0 NaN", "n1 +Inf", "n2 -Inf", "n3 -0", "n4 1e+21", "n5 5e-324"]);
  });

  it("makes names legal, and keeps a second series or kind of one name out", () => {
    const told = read(
      text(
        { info: { name: "http.server-duration" }, values: [1] },
        { info: { name: "http.server.duration" }, values: [2] },
        { info: { name: "http_server_duration", kind: "counter" }, values: [3] },
        { info: { name: "9lives", labels: { "a-b": "x", a_b: "y", größe: "z" } }, values: [4] },
        { info: { name: "h", kind: "histogram", bounds: [], labels: { le: "mine" } }, values: [1, 2] },
      ),
    );
    expect(Object.fromEntries(told.types)).toEqual({
      http_server_duration: "gauge",
      _9lives: "gauge",
      h: "histogram",
    });
    expect(told.samples.get("http_server_duration []")).toBe(1);
    expect(told.samples.get('_9lives [["a_b","x"],["gr__e","z"]]')).toBe(4);
    expect(told.samples.get('h_bucket [["exported_le","mine"],["le","+Inf"]]')).toBe(1);
  });

  it("brings every value and label back, whatever is in them", () => {
    const nasty = fc.constantFrom("\\", '"', "\n", "\r", "\u2028", "{", "}", ",", "=", " ", "n", "a");
    const anyText = fc.oneof(fc.string({ unit: nasty }), fc.string({ unit: "binary" }));
    const labels = fc.dictionary(fc.stringMatching(/^[a-z_]{1,5}$/), anyText, {
      maxKeys: 4,
    });
    fc.assert(
      fc.property(labels, fc.double(), anyText, (set, value, help) => {
        const told = read(text({ info: { name: "m", labels: set, help }, values: [value] }));
        const key = `m ${JSON.stringify(Object.entries(set).sort())}`;
        return Object.is(told.samples.get(key), value) && told.helps.get("m") === help;
      }),
    );
  });

  it("agrees with prom-client about the same metrics", async () => {
    const registry = new Registry();
    const counter = new Counter({
      name: "jobs_total",
      help: 'Jobs "done"\\n',
      labelNames: ["kind"],
      registers: [registry],
    });
    counter.inc({ kind: 'a "quoted" \\ back\nslash' }, 3);
    counter.inc({ kind: "b" }, 1.5);
    new Gauge({ name: "heat", help: "Heat", registers: [registry] }).set(Number.NEGATIVE_INFINITY);
    const times = new Histogram({
      name: "took_seconds",
      help: "Took",
      buckets: [0.1, 1, 10],
      labelNames: ["route"],
      registers: [registry],
    });
    for (const seconds of [0.05, 0.5, 0.7, 5, 50]) times.observe({ route: "/x" }, seconds);
    const ours = text(
      {
        info: {
          name: "jobs_total",
          kind: "counter",
          help: 'Jobs "done"\\n',
          labels: { kind: 'a "quoted" \\ back\nslash' },
        },
        values: [3],
      },
      { info: { name: "jobs_total", kind: "counter", labels: { kind: "b" } }, values: [1.5] },
      { info: { name: "heat", help: "Heat" }, values: [Number.NEGATIVE_INFINITY] },
      {
        info: {
          name: "took_seconds",
          kind: "histogram",
          help: "Took",
          bounds: [0.1, 1, 10],
          labels: { route: "/x" },
        },
        values: [1, 2, 1, 1, 56.25],
      },
    );
    const theirs = `${(await registry.metrics()).replaceAll("\n\n", "\n").replaceAll("Nan", "NaN")}`;
    expect(read(ours)).toEqual(read(theirs));
  });
});
