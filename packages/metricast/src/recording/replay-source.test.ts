import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sample } from "@metricast/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ReplayOptions, replaySource } from "./replay-source.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "metricast-replay-"));
});
afterAll(() => rm(folder, { recursive: true }));

const header = JSON.stringify({
  format: "metricast-recording",
  version: 1,
  startedMs: 0,
  channels: [
    { channel: "metrics", kind: "metrics", intervalMs: 1_000 },
    { channel: "events", kind: "events" },
  ],
});
const load = { name: "load", kind: "gauge", labels: {} };
const took = { name: "took", kind: "histogram", labels: { route: "/a" }, bounds: [1, 2] };
const ticks = [
  { c: 0, series: [load] },
  { c: 0, t: 1_000, v: [0, 1] },
  { c: 1, t: 1_500, event: "deploy", data: { version: 2 } },
  { c: 0, series: [took] },
  { c: 0, t: 2_000, v: [0, "+Inf", 1, [3, 2, 1, 7.5]] },
  { c: 0, t: 3_000, gone: [0] },
  { c: 0, gap: [3_000, 4_000], reason: "not_sampled" },
  { c: 0, t: 5_000, v: [0, 5] },
].map((line) => JSON.stringify(line));
const whole = `${[header, ...ticks].join("\n")}\n`;
const third = {
  ...took,
  bounds: undefined,
  value: { bounds: [1, 2], counts: [3, 2, 1], sum: 7.5, count: 6 },
};

let files = 0;
async function replayed(text: string | Uint8Array, options: ReplayOptions = {}) {
  const path = join(folder, `${files++}.rec`);
  await writeFile(path, text);
  const heard: unknown[] = [];
  const source = replaySource(path, {
    onEvent: (...event) => heard.push(event),
    onEnd: (fault) => heard.push(fault?.message ?? "over"),
    ...options,
  });
  const at = async (now: number): Promise<unknown[]> => {
    const samples = await source.read({ now, signal: new AbortController().signal });
    return Array.from(samples as Iterable<Sample>);
  };
  return { at, heard };
}

const gauge = (value: number) => ({ ...load, value });

test("each tick comes when its time has come, at the speed that was asked for", async () => {
  const { at, heard } = await replayed(whole, { speed: 2 });
  expect(await at(50_000)).toEqual([gauge(1)]);
  expect(await at(50_200)).toEqual([gauge(1)]);
  expect(heard).toEqual([]);
  expect(await at(50_499)).toEqual([gauge(1)]);
  expect(heard).toEqual([["events", "deploy", { version: 2 }]]);
  expect(await at(50_500)).toEqual([gauge(Infinity), third]);
  expect(await at(51_000)).toEqual([third]);
  // What lies between is passed over where the ticks here are wider apart.
  expect(await at(60_000)).toEqual([third, gauge(5)]);
  expect(heard.at(-1)).toBe("over");
  expect(await at(70_000)).toEqual([third, gauge(5)]);
});

test("at most speed there is a tick for each of the recording, whatever the time", async () => {
  const { at, heard } = await replayed(whole, { speed: "max" });
  expect(await at(0)).toEqual([gauge(1)]);
  expect(await at(0)).toEqual([gauge(Infinity), third]);
  expect(await at(0)).toEqual([third]);
  expect(await at(0)).toEqual([third, gauge(5)]);
  expect(heard).toHaveLength(2);
});

test("a file that was cut anywhere ends cleanly, with all that was written whole", async () => {
  const values = [];
  for (let length = header.length + 1; length <= whole.length; length += 7) {
    const { at, heard } = await replayed(whole.slice(0, length));
    await at(0);
    values.push((await at(100_000)).length);
    expect([length, heard.at(-1)]).toEqual([length, "over"]);
  }
  expect([...new Set(values)]).toEqual([0, 1, 2]);
});

describe("what is no recording says so:", () => {
  test.each<[string, string | Uint8Array, string]>([
    ["nothing", "", "this is no recording of metricast"],
    ["text", "hello\nworld\n", "this is no recording of metricast"],
    [
      "bytes",
      Uint8Array.from({ length: 5_000 }, (_, k) => (k * 7_919) % 256),
      "this is no recording of metricast",
    ],
    ["other JSON", '{"a":1}\n', "this is no recording of metricast"],
    ["a header that was cut", header.slice(0, 40), "this is no recording of metricast"],
    ["another version", `${header.replace('"version":1', '"version":9')}\n`, "a recording of version 9"],
    ["no such channel", `${header.replace('"metrics",', '"other",')}\n`, 'no channel "metrics"'],
    ["a line that is none", `${header}\n${ticks[0]}\nnonsense\n`, "line 3 is no JSON object"],
    ["a line of no channel", `${header}\n{"c":7,"t":1}\n`, "line 2 is of no channel"],
    ["a line of nothing", `${header}\n{"c":0}\n`, "line 2 is nothing that a recording holds"],
    ["values of half a pair", `${header}\n{"c":0,"t":1,"v":[0]}\n`, "line 2 is nothing"],
    ["a series of no kind", `${header}\n{"c":0,"series":[{"name":"x","labels":{}}]}\n`, "line 2 is nothing"],
    ["a value of no series", `${header}\n{"c":0,"t":1,"v":[3,1]}\n`, "series 3, which has no name"],
    [
      "a histogram that is a number",
      `${header}\n${JSON.stringify({ c: 0, series: [took] })}\n{"c":0,"t":1,"v":[0,1]}\n`,
      "is no histogram",
    ],
  ])("%s", async (_, text, message) => {
    const { at, heard } = await replayed(text);
    await expect(at(0)).rejects.toThrow(message);
    expect(heard).toEqual([expect.stringContaining(message)]);
    // It is said once; the service goes on with what there was.
    expect(await at(1_000)).toEqual(expect.any(Array));
  });
});
