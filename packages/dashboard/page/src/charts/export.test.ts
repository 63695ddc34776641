import { expect, test } from "vitest";
import { csvOf, jsonOf } from "./export.js";
import type { Picture } from "./picture.js";

const line = (name: string, values: (number | null)[]) => ({
  key: name,
  name,
  values,
  colour: 0,
  isShown: true,
});
const picture = (...lines: ReturnType<typeof line>[]): Picture => ({
  times: [0, 1.5],
  lines,
  span: { fromMs: 0, toMs: 2_000 },
  valueRange: [0, 1],
  measure: { unit: "bytes", isRate: true },
  voids: [],
});

test("CSV has a column for each line, and nothing where there is nothing", () => {
  expect(csvOf("m", picture(line("a", [1, null]), line('b,"x"', [-2, 3])))).toBe(
    'time,m a,"m b,""x"""\r\n1970-01-01T00:00:00.000Z,1,-2\r\n1970-01-01T00:00:01.500Z,,3',
  );
});

test("a name is no formula", () => {
  expect(csvOf('=cmd("x")', picture(line("a", [1, 2]))).split("\r\n")[0]).toBe(`time,"'=cmd(""x"")"`);
});

test("JSON has times, values, and what they are", () => {
  expect(JSON.parse(jsonOf("m", picture(line("a", [1, null]))))).toEqual({
    metric: "m",
    unit: "bytes",
    perSecond: true,
    times: ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.500Z"],
    series: [{ name: "a", key: "a", values: [1, null] }],
  });
});
