import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLine } from "./prometheus-line.js";

const row = (name: string, labels: Record<string, string>, value: number) => ({
  kind: "row",
  row: { name, labels, value },
});

describe("readLine", () => {
  it.each([
    ["up 1", row("up", {}, 1)],
    ["  up\t1  ", row("up", {}, 1)],
    ["up{} 1", row("up", {}, 1)],
    ["job:rate:sum 0.5", row("job:rate:sum", {}, 0.5)],
    ['a{b="c"} 1', row("a", { b: "c" }, 1)],
    ['a { b = "c" , d = "e" , } 1', row("a", { b: "c", d: "e" }, 1)],
    ['a{b="}, #{=\\"",c=""} 1', row("a", { b: '}, #{="', c: "" }, 1)],
    ['a{b="x\\\\n\\n\\q"} 1', row("a", { b: "x\\n\n\\q" }, 1)],
    ['a{__proto__="x",constructor="y"} 1', row("a", JSON.parse('{"__proto__":"x","constructor":"y"}'), 1)],
    ["a 1 1395066363000", row("a", {}, 1)],
    ["a 1 -1.5", row("a", {}, 1)],
    ['a_total{b="c"} 2 # {traceId="abc"} 2 1795486434.478', row("a_total", { b: "c" }, 2)],
    ['a_total 2 1795486434.478 # {traceId="abc"} 2', row("a_total", {}, 2)],
    ["a Nan", row("a", {}, Number.NaN)],
    ["a -0", row("a", {}, -0)],
  ])("reads the row %j", (text, line) => {
    expect(readLine(text)).toEqual(line);
  });

  it.each([
    ["# HELP a b\\\\c\\nd  e", { kind: "help", name: "a", text: "b\\c\nd  e" }],
    ["# HELP a", { kind: "help", name: "a", text: "" }],
    ["#\tTYPE\ta\tcounter ", { kind: "type", name: "a", text: "counter" }],
    ["# UNIT a_seconds seconds", { kind: "unit", name: "a_seconds", text: "seconds" }],
    ["# EOF", { kind: "end" }],
    ["# EOF or so", { kind: "comment" }],
    ["# ---- scrape 0 ----", { kind: "comment" }],
    ["#HELP a b", { kind: "comment" }],
    ["#", { kind: "comment" }],
    ["# ", { kind: "comment" }],
    ["", { kind: "blank" }],
    [" \t", { kind: "blank" }],
  ])("reads %j", (text, line) => {
    expect(readLine(text)).toEqual(line);
  });

  it.each([
    ["<!doctype html>", "no metric name"],
    ["1a 1", "no metric name"],
    ["a", "no value that is a number"],
    ["a b", "no value that is a number"],
    ["a 0x10", "no value that is a number"],
    ["a-b 1", "no value that is a number"],
    ["a 1 soon", "a bad timestamp"],
    ["a 1 2 3", "text after the value"],
    ['a{b="c} 1', "a label value without its quotes"],
    ["a{b=c} 1", "a label value without its quotes"],
    ['a{b "c"} 1', "a label without ="],
    ['a{"b"="c"} 1', "no label name"],
    ['a{b:c="d"} 1', "a label without ="],
    ['a{b="c" d="e"} 1', "labels without , between them"],
    ['a{b="c",b="d"} 1', "a label given twice"],
    ['a{b="c"', "labels without , between them"],
    ["a{", "no label name"],
    ["# TYPE ", "TYPE without a metric name"],
    ["# HELP 1a b", "HELP without a metric name"],
    ["# TYPE a-b counter", "TYPE without a metric name"],
  ])("refuses %j: %s", (text, reason) => {
    expect(readLine(text)).toEqual({ kind: "bad", reason });
  });

  it("never throws", () => {
    const piece = fc.constantFrom(
      "a",
      "{",
      "}",
      '"',
      "\\",
      "=",
      ",",
      "#",
      " ",
      "HELP",
      "TYPE",
      "EOF",
      "1",
      "\r",
      "é",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join("")),
        ),
        (text) => {
          expect(readLine(text).kind).toMatch(/^(row|help|type|unit|comment|blank|end|bad)$/);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
