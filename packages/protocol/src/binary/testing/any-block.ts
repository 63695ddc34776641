import type { Block, BlockSeries, Column } from "../../block.js";
import { defaultIncrease, expectedCount } from "../../json-block.js";
import { type SeriesInfo, slotCount } from "../../series.js";
import { type Chance, streamNames, streamOf } from "./number-streams.js";

/** A block of any shape: of every kind of series, with what follows from the rest and what does not. */
export function anyBlock(chance: Chance, maxPoints = 40): Block {
  const pick = (below: number) => Math.floor(chance() * below);
  const stepTicks = 1 + pick(chance() < 0.5 ? 1 : 20);
  const points = pick(maxPoints + 1);
  const fromTick = pick(2 ** 31) * pick(1_000);
  const partial = points > 0 ? pick(stepTicks) : 0;
  const shape = { fromTick, toTick: fromTick + points * stepTicks - partial, stepTicks };
  const gaps = Array.from({ length: pick(3) }, () => ({ fromTick: pick(1e9), toTick: pick(1e9) }));
  const series = Array.from({ length: pick(5) }, (_, k) => anySeries(chance, shape, points, k));
  return { ...shape, series, gaps };
}

type Shape = Pick<Block, "fromTick" | "toTick" | "stepTicks">;

function anySeries(chance: Chance, shape: Shape, points: number, k: number): BlockSeries {
  const info = anyInfo(chance, k);
  const holes = chance() < 0.5 ? 0 : chance();
  const odd = chance() < 0.5 ? 0 : chance();
  const count = Float64Array.from({ length: points }, (_, point) => {
    if (chance() < holes) return 0;
    return chance() < odd ? Math.ceil(chance() * shape.stepTicks) : expectedCount(shape, point);
  });
  const columns = Array.from({ length: slotCount(info) }, () =>
    info.kind === "gauge" ? anyGauge(chance, count) : anyCounter(chance, count),
  );
  return { info, count, columns };
}

function anyInfo(chance: Chance, k: number): SeriesInfo {
  const kinds = ["gauge", "counter", "histogram"] as const;
  const kind = kinds[Math.floor(chance() * kinds.length)] ?? "gauge";
  const bounds = [0.1, 1, 10].slice(Math.floor(chance() * 4));
  return {
    name: chance() < 0.5 ? "same" : `series_${k}`,
    labels: chance() < 0.3 ? {} : { k: String(k), zone: chance() < 0.5 ? "a" : "" },
    kind,
    ...(kind === "histogram" && { bounds }),
    ...(chance() < 0.3 && { unit: "seconds" }),
  };
}

/** Numbers of one stream, each kept for a while or none. */
function anyNumbers(chance: Chance, points: number): Float64Array {
  const take = streamOf(streamNames[Math.floor(chance() * streamNames.length)] ?? "", chance);
  const staying = chance() < 0.5 ? 0 : chance() ** 0.2;
  let value = take();
  return Float64Array.from({ length: points }, () => {
    if (chance() >= staying) value = take();
    return value;
  });
}

/** Each column its own, or as it follows from `last`: alone it may be what has to be told. */
function anyGauge(chance: Chance, count: Float64Array): Column {
  const own = () => (chance() < 0.3 ? anyNumbers(chance, count.length) : undefined);
  const last = anyNumbers(chance, count.length);
  const total = last.map((value, k) => value * (count[k] ?? 0));
  return { last, min: own() ?? last, max: own() ?? last, sum: own() ?? total };
}

/** Increases as the rule has them, and others here and there. */
function anyCounter(chance: Chance, count: Float64Array): Column {
  const last = anyNumbers(chance, count.length);
  const odd = chance() < 0.5 ? 0 : chance();
  let before: number | undefined;
  const increase = last.map((value, k) => {
    if (count[k] === 0) return 0;
    const usual = defaultIncrease(value, before);
    before = value;
    if (chance() >= odd) return usual;
    return chance() < 0.5 ? Number.NaN : Math.floor(chance() * 1e6) / 100;
  });
  return { last, increase };
}
