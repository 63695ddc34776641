import { lawRuns } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import type { Block } from "../block.js";
import type { SeriesInfo } from "../series.js";
import type { WireSeries } from "../wire-values.js";
import { BitWriter } from "./bit-writer.js";
import { readBlock } from "./block-reader.js";
import { BlockWriter } from "./block-writer.js";
import { BinaryFrameReader } from "./frame-reader.js";
import { binaryKinds, parseBinary, writeHead } from "./message.js";
import { anyBlock } from "./testing/any-block.js";
import { type Chance, chanceOf, streamNames, streamOf } from "./testing/number-streams.js";
import { type Cell, StagedView, WireStage } from "./testing/wire-stage.js";

const inputs = lawRuns(20_000);
/** Of the processor, for all of them together; one alone that hangs takes longer. */
const longestMs = (15_000 * inputs) / 20_000;
const mostBytes = 64 * 1_024 * 1_024;

interface Sample {
  readonly stepTicks: number;
  readonly bytes: Uint8Array;
  /** What goes before, so that a chain frame finds its chain. */
  readonly keyframe?: Uint8Array;
}

function framesOf(chance: Chance, stepTicks: number): Sample[] {
  const entries = Array.from({ length: 24 }, (_, k): WireSeries => {
    const labels = { k: String(k) };
    if (k % 4 === 3) return { name: "h", labels, kind: "histogram", bounds: [1, 2, 5] };
    return { name: "g", labels, ...(k % 4 === 2 && { kind: "counter" }) };
  });
  const stage = new WireStage(stepTicks);
  const view = new StagedView(() => true);
  const takes = entries.map((_, k) => streamOf(streamNames[k % streamNames.length] ?? "", chance));
  stage.add(...entries.slice(0, 16));
  const widths = entries.map((_, k) => stage.writer.firstSlot(k + 1) - stage.writer.firstSlot(k));
  const row = (count: number) =>
    takes.slice(0, count).map((take, k): Cell => {
      if (chance() < 0.1) return chance() < 0.5 ? "absent" : { stale: "timeout" };
      return Array.from({ length: Math.max(1, widths[k] ?? 1) }, take);
    });
  stage.advance(row(16), stepTicks);
  const keyframe = stage.keyframe(view);
  stage.add(...entries.slice(16));
  stage.advance(row(24), stepTicks);
  return [
    { stepTicks, bytes: keyframe },
    { stepTicks, bytes: stage.frame(view), keyframe },
    { stepTicks, bytes: stage.keyframe(view) },
  ];
}

function samplesOf(chance: Chance): Sample[] {
  const writer = new BlockWriter();
  const block = (): Block => anyBlock(chance, 100);
  return [
    ...framesOf(chance, 1),
    ...framesOf(chance, 10),
    ...Array.from({ length: 8 }, (_, k) => ({
      stepTicks: 1,
      bytes: writer.message(block(), { view: 3, generation: 1 }, () => (k % 2 === 0 ? -1 : k)),
    })),
  ];
}

/** Bits turned, bytes set, pieces cut out, put in, or repeated; or nothing but chance. */
function spoilt(bytes: Uint8Array, chance: Chance): Uint8Array {
  // What stands before the body is soon no JSON any more: half of them are spoilt behind it.
  const from = chance() < 0.5 ? 0 : parseBinary(bytes).body.at / 8;
  const at = () => from + Math.floor(chance() * (bytes.length - from));
  const anything = (length: number) => Uint8Array.from({ length }, () => Math.floor(chance() * 256));
  const luck = chance();
  if (luck < 0.15) return bytes.slice(0, at());
  if (luck < 0.25) return Uint8Array.of(...bytes.slice(0, from + 1), ...anything(at()));
  if (luck < 0.3) return anything(at());
  if (luck < 0.4)
    return Uint8Array.of(...bytes.slice(0, at()), ...anything(8).fill(255), ...bytes.slice(at()));
  if (luck < 0.5) return Uint8Array.of(...bytes.slice(0, at()), ...bytes.slice(at()));
  const copy = bytes.slice();
  for (let left = 1 + Math.floor(chance() * 4); left > 0; left -= 1) {
    const place = at();
    copy[place] =
      chance() < 0.5 ? (copy[place] ?? 0) ^ (1 << Math.floor(chance() * 8)) : Math.floor(chance() * 256);
  }
  return copy;
}

const infoOf = (id: number): SeriesInfo | undefined =>
  id < 50 ? { name: "s", labels: {}, kind: id % 2 === 0 ? "gauge" : "counter" } : undefined;

/** Reads a message as a client does; false where it throws. */
function take({ stepTicks, keyframe }: Sample, bytes: Uint8Array): boolean {
  const reader = new BinaryFrameReader(stepTicks);
  if (keyframe) reader.read(parseBinary(keyframe));
  try {
    const message = parseBinary(bytes);
    if (message.kind === binaryKinds.block) readBlock(message, infoOf);
    else reader.read(message);
    return true;
  } catch {
    return false;
  }
}

const heldBytes = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

/** What reading takes. Others of the process take memory meanwhile: a reader that takes much takes it each time. */
function bytesTaken(sample: Sample, bytes: Uint8Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5 && least > mostBytes / 4; round += 1) {
    const before = heldBytes();
    take(sample, bytes);
    least = Math.min(least, heldBytes() - before);
  }
  return least;
}

describe("readers of binary messages", () => {
  test(
    `throw or return for ${inputs} spoilt ones, and take neither long nor much`,
    () => {
      const chance = chanceOf(41);
      const seen = { taken: 0, refused: 0, mostBytes: 0 };
      const began = process.cpuUsage();
      let samples = samplesOf(chance);
      for (let k = 0; k < inputs; k += 1) {
        if (k % 1_000 === 999) samples = samplesOf(chance);
        const sample = samples[k % samples.length];
        if (!sample) continue;
        const bytes = spoilt(sample.bytes, chance);
        if (take(sample, bytes)) seen.taken += 1;
        else seen.refused += 1;
        seen.mostBytes = Math.max(seen.mostBytes, bytesTaken(sample, bytes));
      }
      const { user, system } = process.cpuUsage(began);
      expect((user + system) / 1_000).toBeLessThan(longestMs);
      expect(seen.mostBytes).toBeLessThan(mostBytes);
      // Both happen, so that neither a reader that always throws nor one that takes anything passes.
      expect(seen.taken).toBeGreaterThan(inputs / 20);
      expect(seen.refused).toBeGreaterThan(inputs / 20);
    },
    20 * longestMs,
  );

  test("take the samples that were spoilt as long as they are not", () => {
    const samples = samplesOf(chanceOf(42)).filter(
      ({ bytes }) => parseBinary(bytes).kind !== binaryKinds.block,
    );
    expect(samples.map((sample) => take(sample, sample.bytes))).toEqual(samples.map(() => true));
  });

  /** Messages of a few bytes that say a lot. */
  const claims: Readonly<Record<string, () => Uint8Array>> = {
    "a block of one value for ten million points": () =>
      message(binaryKinds.block, { from: 0, to: 1e7, step: 1, series: [{ name: "g" }] }),
    "a block of any number of points": () =>
      message(binaryKinds.block, { from: 0, to: 2 ** 52, step: 1, series: [{ name: "g" }] }),
    "a block of a histogram with fewer slots than none": () =>
      message(binaryKinds.block, {
        from: 0,
        to: 1e8,
        step: 1,
        series: [{ name: "h", kind: "histogram", bounds: { length: -3 } }, { name: "g" }],
      }),
    "a list of a million ids": () =>
      message(binaryKinds.block, { from: 0, to: 1, step: 1 }, [0xff, 0xff, 0xe0]),
    "a histogram of a billion bounds": () =>
      message(binaryKinds.keyframe, {
        tick: 1,
        series: [{ name: "h", kind: "histogram", bounds: { length: 1e9 } }],
      }),
    "a histogram of many bounds, many times": () =>
      message(binaryKinds.keyframe, {
        tick: 1,
        series: [
          {
            name: "h",
            labels: { k: "" },
            kind: "histogram",
            bounds: Array.from({ length: 20_000 }, (_, k) => k),
          },
          ...Array.from({ length: 20_000 }, () => ({ labels: {} })),
        ],
      }),
    "labels that add up": () =>
      message(binaryKinds.keyframe, {
        tick: 1,
        series: [
          { name: "g", labels: {} },
          ...Array.from({ length: 20_000 }, (_, k) => ({ labels: { [k]: "" } })),
        ],
      }),
  };

  test.each(Object.entries(claims))("refuse %s, and take no memory for it", (_, make) => {
    const bytes = make();
    expect(take({ stepTicks: 1, bytes }, bytes)).toBe(false);
    expect(bytesTaken({ stepTicks: 1, bytes }, bytes)).toBeLessThan(mostBytes);
  });

  test("take what is just as much as there may be", () => {
    const bytes = message(binaryKinds.block, { from: 0, to: 2 ** 20, step: 1, series: [{ name: "g" }] });
    expect(take({ stepTicks: 1, bytes }, bytes)).toBe(true);
  });
});

/** A message with any JSON part, and a body of zeros: everything there, and 0. */
function message(kind: number, head: object, body: readonly number[] = []): Uint8Array {
  const out = new BitWriter();
  writeHead(out, kind, 3, JSON.parse(JSON.stringify(head)));
  out.bytes(Uint8Array.from([...body, ...new Uint8Array(32)]));
  return out.toBytes();
}
