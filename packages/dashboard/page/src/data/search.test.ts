import { describe, expect, test } from "vitest";
import { metricsOf } from "./catalogue.js";
import { formatPattern, matchesPattern, parsePattern } from "./pattern.js";
import { search } from "./search.js";

const series = (name: string, labels: Record<string, string> = {}, help = "") => ({
  name,
  labels,
  help,
  kind: "gauge" as const,
});
const metrics = metricsOf([
  {
    channel: "metrics",
    kind: "metrics",
    intervalMs: 1_000,
    retentionMs: 1,
    series: [
      series("http_requests", { method: "GET", code: "200" }, "Requests answered."),
      series("http_requests", { method: "POST", code: "500" }),
      series("http_open"),
      series("memory_bytes", { zone: "a b" }),
    ],
  },
]);
const names = (text: string) => search(text, metrics).found.map(({ metric }) => metric.name);

describe("words", () => {
  test.each([
    ["", ["http_requests", "http_open", "memory_bytes"]],
    ["HTTP open", ["http_open"]],
    ["answered", ["http_requests"]],
    ["method=post", ["http_requests"]],
    ["nothing here", []],
  ])("%j finds %j", (text, found) => {
    expect(names(text)).toEqual(found);
  });
});

describe("patterns", () => {
  test.each([
    ["http_*", ["http_requests", "http_open"]],
    ["*_open memory_*", ["http_open", "memory_bytes"]],
    ['*{zone="a b"}', ["memory_bytes"]],
    ['http_*{method!="GET", code="500"}', ["http_requests"]],
    ['http_*{method="PUT"}', []],
    ["h?tp_open", ["http_open"]],
  ])("%j finds %j", (text, found) => {
    expect(names(text)).toEqual(found);
  });

  test("narrow what is asked of the server to the series that match", () => {
    expect(search('*{method="GET"}', metrics).found).toMatchObject([
      { select: ['http_requests{method="GET"}'] },
    ]);
    expect(search('http_r* *{method="GET"}', metrics).found[0]?.select).toEqual(["http_requests"]);
  });

  test("that are none are said to be none", () => {
    expect(search("http_*{method=GET}", metrics)).toMatchObject({ found: [], fault: expect.any(String) });
  });
});

test("a pattern is what it was after it was written and read", () => {
  const text = 'a*{b="x\\"y\\\\z\\n",c!=""}';
  const pattern = parsePattern(text);
  expect(pattern?.conditions[0]?.value).toBe('x"y\\z\n');
  expect(pattern && formatPattern(pattern)).toBe(text);
  expect(pattern && matchesPattern(pattern, { name: "ab", labels: { b: 'x"y\\z\n', c: "1" } })).toBe(true);
});
