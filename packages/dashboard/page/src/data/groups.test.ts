import { expect, test } from "vitest";
import { metricsOf } from "./catalogue.js";
import { groupsOf } from "./groups.js";

const metrics = (names: readonly string[]) =>
  metricsOf([
    {
      channel: "metrics",
      kind: "metrics",
      intervalMs: 1_000,
      retentionMs: 1,
      series: names.map((name) => ({ name, labels: {}, kind: "gauge" as const })),
    },
  ]);
const shape = (names: readonly string[]) =>
  groupsOf(metrics(names)).map(({ id, metrics: members }) => [id, members.map(({ name }) => name)]);

test("names that begin alike stand together, ordered by unit and name", () => {
  expect(shape(["http_b", "shop_a", "http_a_seconds", "http_a", "http_c"])).toEqual([
    ["http", ["http_a", "http_b", "http_c", "http_a_seconds"]],
    ["shop", ["shop_a"]],
  ]);
});

test("groups share a row where they fit into it", () => {
  expect(shape(["a_x", "b_x", "b_y", "c_x", "c_y", "d_x"])).toEqual([
    ["a b", ["a_x", "b_x", "b_y"]],
    ["c d", ["c_x", "c_y", "d_x"]],
  ]);
});

test("what every service has comes last", () => {
  expect(shape(["process_rss_bytes", "gc_runs_total", "zoo"]).flatMap(([, names]) => names)).toEqual([
    "zoo",
    "gc_runs_total",
    "process_rss_bytes",
  ]);
});

test("what one looks at first comes first, and what only tells labels last", () => {
  expect(
    shape(["a_info", "a_size", "a_age", "b_x", "http_requests_total"]).map(([, names]) => names),
  ).toEqual([["http_requests_total", "a_age", "a_size", "a_info"], ["b_x"]]);
});

test("a large group is split by its second word, and single ones stay with the first", () => {
  const many = Array.from({ length: 12 }, (_, k) => `node_memory_m${k}`);
  const groups = shape([...many, "node_load1", "node_cpu_a", "node_cpu_b"]);
  expect(groups.map(([id, names]) => [id, names?.length])).toEqual([
    ["node_cpu", 2],
    ["node_memory", 12],
    ["node", 1],
  ]);
});

test("no metric is lost or twice", () => {
  const names = Array.from({ length: 500 }, (_, k) => `n_${k % 7}_${k % 31}_${k}`);
  const grouped = shape(names).flatMap(([, members]) => members);
  expect([...grouped].sort()).toEqual([...names].sort());
});
