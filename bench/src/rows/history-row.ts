import { runScript } from "../drive/script.js";
import { pairedRatio, spreadOf } from "../drive/statistics.js";
import type { HistoryFigures } from "../in-process/history-memory.js";
import { constant, type Line, type Row } from "./row.js";

const ways = ["metricast", "Float64Array ring per series", "array of snapshot objects"] as const;

export const historyRow: Row = {
  id: "14",
  name: "History of 1,000 series x 24 h x 5 s",
  about:
    "The first 507 series of node-exporter and 493 of express, every fifth row, continued to a day with counters that go " +
    "on. Memory is used heap and array buffers after a forced collection, less before, over all points, tiers and what is " +
    "being written included; the snapshot objects are filled for three hours and scaled. Append is the CPU of one tick " +
    "over all ticks; an hour is read of every series, the newest and one of the middle, and compared with what went in.",
  async measure({ tools, rounds = 1, say }) {
    const figures = new Map(ways.map((way): [string, HistoryFigures[]] => [way, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const way of ways) {
        say(way);
        const answer = await runScript(tools, "in-process/history-memory.ts", { args: [way] });
        // It is our own script that says so.
        figures.get(way)?.push(answer as unknown as HistoryFigures);
      }
    }
    const of = (way: string, pick: (one: HistoryFigures) => number) => (figures.get(way) ?? []).map(pick);
    const bytes = (way: string) => of(way, ({ bytesPerPoint }) => bytesPerPoint);
    const [own, ring, snapshots] = ways;
    return {
      figures: [
        atLeast("less than a Float64Array ring", pairedRatio(bytes(ring), bytes(own)).median, 10),
        atLeast("less than snapshot objects", pairedRatio(bytes(snapshots), bytes(own)).median, 60),
        atMost("append p99, us a tick", spreadOf(of(own, ({ appendUs }) => appendUs.p99)).median, 1_000),
        atMost("an hour of one series, us", spreadOf(of(own, ({ hourUs }) => hourUs.p50)).median, 80),
        atMost(
          "values different",
          of(own, ({ different }) => different).reduce((a, b) => a + b, 0),
          0,
        ),
      ],
      lines: ways.map((way) => lineOf(way, figures.get(way) ?? [])),
    };
  },
};

function lineOf(name: string, rounds: readonly HistoryFigures[]): Line {
  const spread = (pick: (one: HistoryFigures) => number) => spreadOf(rounds.map(pick));
  const accounted = rounds.flatMap(({ accountedBytesPerPoint }) => accountedBytesPerPoint ?? []);
  return {
    name,
    figures: {
      "bytes per point": spread(({ bytesPerPoint }) => bytesPerPoint),
      ...(accounted.length > 0 ? { "by its own account": spreadOf(accounted) } : {}),
      "append p50 us": spread(({ appendUs }) => appendUs.p50),
      "append p99 us": spread(({ appendUs }) => appendUs.p99),
      "append max us": spread(({ appendUs }) => appendUs.max),
      "1 h of one series, p50 us": spread(({ hourUs }) => hourUs.p50),
      "p99 us": spread(({ hourUs }) => hourUs.p99),
      "ticks kept": constant(rounds[0]?.ticks ?? Number.NaN),
      different: spread(({ different }) => different),
    },
  };
}

const atLeast = (name: string, value: number, bound: number) => ({
  name,
  value,
  budget: { atLeast: bound, unit: "x" },
});

const atMost = (name: string, value: number, bound: number) => ({
  name,
  value,
  budget: { atMost: bound, unit: "" },
});
