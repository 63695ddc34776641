import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldFamily, unfold } from "./fold.js";
import type { Row } from "./metric-family.js";
import { ExpositionError, expositionSamples, parsePrometheusText } from "./prometheus-text.js";

const openMetrics = `# HELP jobs Jobs "done".
# TYPE jobs counter
# UNIT wait_seconds seconds
jobs_total{queue="a"} 3 1.5 # {traceId="abc"} 1 1.2
jobs_created{queue="a"} 1700000000.5
# TYPE wait_seconds histogram
wait_seconds_bucket{le="1.0"} 1 # {traceId="abc"} 0.5
wait_seconds_bucket{le="+Inf"} 2
wait_seconds_sum 2.5
wait_seconds_count 2
# TYPE build info
build_info{version="1.2"} 1
# EOF
after_the_end 1
`;

describe("parsePrometheusText", () => {
  it("groups rows into families with their help, type and unit", () => {
    const exposition = parsePrometheusText(openMetrics);
    expect(
      exposition.families.map(({ name, type, help, unit, rows }) => [name, type, help, unit, rows.length]),
    ).toEqual([
      ["jobs", "counter", 'Jobs "done".', undefined, 2],
      ["wait_seconds", "histogram", undefined, "seconds", 4],
      ["build", "info", undefined, undefined, 1],
    ]);
    expect(exposition).toMatchObject({ rowCount: 7, badLineCount: 0, badLines: [] });
  });

  it("gives samples with kinds and units, and ends at # EOF", () => {
    const samples = expositionSamples(parsePrometheusText(openMetrics));
    expect(samples.map(({ name, kind, unit }) => [name, kind, unit])).toEqual([
      ["jobs_total", "counter", undefined],
      ["jobs_created", "gauge", "seconds"],
      ["wait_seconds", "histogram", "seconds"],
      ["build_info", "gauge", undefined],
    ]);
  });

  it("reads CRLF, blank lines and a last line without its break as it reads LF", () => {
    const text = '# TYPE a counter\na{b="c"} 1\n\nd 2';
    expect(parsePrometheusText(text.replaceAll("\n", "\r\n"))).toEqual(parsePrometheusText(text));
    expect(parsePrometheusText(text).rowCount).toBe(2);
  });

  it("takes a type that comes after its rows, and one that comes twice", () => {
    const text = "a 1\n# TYPE a counter\n# TYPE a counter\n";
    expect(parsePrometheusText(text)).toMatchObject({
      families: [{ name: "a", type: "counter" }],
      badLineCount: 0,
    });
  });

  it("keeps a metric apart that only sounds like a part of another", () => {
    const text = "# TYPE a summary\n# TYPE a_count gauge\na_count 1\na_sum 2\nb_count 3\n# HELP b B.\nb 4\n";
    const families = parsePrometheusText(text).families.map(({ name, type }) => `${name} ${type}`);
    expect(families).toEqual(["a_count gauge", "a summary", "b_count untyped", "b untyped"]);
  });

  it("counts malformed lines, names the first ones and keeps the others", () => {
    const text = `a 1\n<html>\nb 2\n# TYPE b wonder\n# TYPE a gauge\n# TYPE a counter\n${"c\n".repeat(30)}d 4`;
    const exposition = parsePrometheusText(text);
    expect(exposition.families.map(({ name }) => name)).toEqual(["a", "b", "d"]);
    expect(exposition.badLineCount).toBe(33);
    expect(exposition.badLines).toHaveLength(20);
    expect(exposition.badLines.slice(0, 4)).toEqual([
      { line: 2, reason: "no metric name" },
      { line: 4, reason: "a type that is none" },
      { line: 6, reason: "a second, different type" },
      { line: 7, reason: "no value that is a number" },
    ]);
  });

  it("throws at the first malformed line where it is to be strict", () => {
    expect(() => parsePrometheusText("a 1\nb\n", { strict: true })).toThrow(
      "line 2: no value that is a number",
    );
    expect(() => parsePrometheusText("a 1\nb\n", { strict: true })).toThrow(ExpositionError);
  });

  it("is bounded in bytes, not characters, and in lines", () => {
    const text = '# HELP a é\na{b="é"} 1\n';
    const maxBytes = Buffer.byteLength(text);
    expect(parsePrometheusText(text, { maxBytes, maxLines: 2 }).rowCount).toBe(1);
    expect(() => parsePrometheusText(text, { maxBytes: maxBytes - 1 })).toThrow(ExpositionError);
    expect(() => parsePrometheusText(text, { maxLines: 1 })).toThrow("line 2");
  });

  it("reads every row back from how it is written", () => {
    const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/);
    const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,4}$/);
    const labels = fc.dictionary(label, fc.string({ unit: "binary", maxLength: 8 }), { maxKeys: 4 });
    const rows = fc.uniqueArray(fc.record({ name, labels, value: fc.double() }), {
      selector: (each) => each.name,
    });
    fc.assert(
      fc.property(rows, (all) => {
        const read = parsePrometheusText(all.map(written).join("\n"), { strict: true });
        expect(canonical(read.families.flatMap((family) => family.rows))).toEqual(canonical(all));
      }),
    );
  });

  it("never throws at garbage", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom("a 1", "# TYPE a histogram", 'a_bucket{le="1"} 2', "\r"),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const exposition = parsePrometheusText(lines.join("\n"));
        expect(expositionSamples(exposition).length).toBeLessThanOrEqual(exposition.rowCount);
      }),
    );
  });
});

describe.each([
  ["express-prom-client-raw-3-scrapes", { counter: 7, gauge: 31, histogram: 2, summary: 1 }],
  ["node-exporter-raw-3-scrapes", { counter: 60, gauge: 175, untyped: 47, summary: 1 }],
])("the recorded exposition %s", (file, familyCounts) => {
  const text = recorded(file);
  const exposition = parsePrometheusText(text, { strict: true });

  it("is read row by row as a plain split reads it", () => {
    expect(canonical(exposition.families.flatMap(({ rows }) => rows))).toEqual(canonical(plainRows(text)));
  });

  it("has its families", () => {
    const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    const named = new Set(exposition.families.map(({ name, type }) => `${name} ${type}`));
    expect([...named].filter((each) => !types.includes(each))).toEqual([]);
    for (const [type, count] of Object.entries(familyCounts)) {
      expect([type, new Set(types.filter((each) => each.endsWith(` ${type}`))).size]).toEqual([type, count]);
    }
  });

  it("comes back from folding, each scrape by itself", () => {
    const scrapes = text.split(/^# ---- scrape \d+ ----$/m).slice(1);
    expect(scrapes).toHaveLength(3);
    for (const scrape of scrapes) {
      const { families } = parsePrometheusText(scrape);
      for (const family of families) {
        expect(canonical(unfold(foldFamily(family)))).toEqual(canonical(family.rows));
        if (family.type !== "histogram") continue;
        expect(foldFamily(family).every(({ kind }) => kind === "histogram")).toBe(true);
      }
    }
  });
});

function recorded(name: string): string {
  const file = new URL(`../../testkit/fixtures/traces/${name}.prom.txt.gz`, import.meta.url);
  return gunzipSync(readFileSync(file)).toString("utf8");
}

/** The recorded files hold no escapes but of backslashes, and no timestamps: splitting will do. */
function plainRows(text: string): Row[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", inner = "", value = ""] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(
        ([, key = "", quoted = ""]): [string, string] => [key, quoted.replaceAll("\\\\", "\\")],
      );
      return { name, labels: Object.fromEntries(pairs), value: value === "Nan" ? Number.NaN : Number(value) };
    });
}

function written({ name, labels, value }: Row): string {
  const pairs = Object.entries(labels).map(([key, text]) => {
    const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${key}="${escaped}"`;
  });
  const number = Number.isNaN(value)
    ? "NaN"
    : Object.is(value, -0)
      ? "-0"
      : String(value).replace("Infinity", "Inf");
  return `${name}{${pairs.join(",")}} ${number}`;
}

/** Rows without the order of rows and labels. */
function canonical(rows: readonly Row[]): string[] {
  return rows
    .map(({ name, labels, value }) => {
      const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
      return JSON.stringify([name, sorted, Object.is(value, -0) ? "-0" : String(value)]);
    })
    .sort();
}
