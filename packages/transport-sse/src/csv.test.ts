import { expect, test } from "vitest";
import { csvText } from "./csv.js";

const block = { channel: "metrics", intervalMs: 1_000, from: 10, to: 12, step: 1 };

test("a gauge has all of its point, what is not there has no line, and text is quoted where it must be", () => {
  const series = { name: '=cmd,"x"', labels: { zone: 'a"b' } };
  const item = { ...block, series: [{ series, last: [1, null] }] };
  expect(csvText([item])).toBe(
    "time,name,labels,last,min,max,sum,count,increase\r\n" +
      '1970-01-01T00:00:11.000Z,"\'=cmd,""x""","zone=""a\\""b""",1,1,1,1,1,\r\n',
  );
});

test("a histogram has a line for each bucket and the sum, a counter its increase", () => {
  const latency = { name: "latency", kind: "histogram", bounds: [0.5] } as const;
  const requests = { name: "requests", kind: "counter" } as const;
  const series = [
    {
      series: latency,
      last: [
        [1, 2],
        [0, 0],
        [0.1, 0.2],
      ],
    },
    { series: requests, last: [5, 8] },
  ];
  const lines = csvText([{ ...block, series }])
    .split("\r\n")
    .slice(1, -1);
  expect(lines.map((line) => line.replace(/^[^,]*,/, ""))).toEqual([
    'latency_bucket,"le=""0.5""",1,,,,1,NaN',
    'latency_bucket,"le=""0.5""",2,,,,1,1',
    'latency_bucket,"le=""+Inf""",0,,,,1,NaN',
    'latency_bucket,"le=""+Inf""",0,,,,1,0',
    "latency_sum,,0.1,,,,1,NaN",
    "latency_sum,,0.2,,,,1,0.1",
    "requests,,5,,,,1,NaN",
    "requests,,8,,,,1,3",
  ]);
});
