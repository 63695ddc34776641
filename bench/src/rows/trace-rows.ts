import { runScript } from "../drive/script.js";
import { geometricMean } from "../drive/statistics.js";
import type { TraceBytes, TracePeers } from "../in-process/trace-bytes.js";
import { constant, type Figure, type Line, type Measured, type Row, type RowContext } from "./row.js";

const binary = "metricast.v1.bin";
const json = "metricast.v1.json";

interface Traces {
  readonly measured: readonly TraceBytes[];
  readonly peers: readonly TracePeers[];
}

interface Pair {
  readonly own: TraceBytes;
  readonly peer: TracePeers;
}

const method =
  "Every recorded trace is replayed through a metricast by its source; a session watches everything, another joins " +
  "half-way. Counted are the payloads of frames; the first tick and keyframes are not in it. Every value of every tick " +
  "is compared with the source's by Object.is, of both sessions. `flat` has every row of the exposition as a series, " +
  "`with histograms` is what metricast's Prometheus sources make of it; the peers always send the rows. `+ specials` " +
  "adds eight series of NaN, infinities, -0, absences, subnormals and numbers above 2^53.";

/** Bytes are the same every time: one round is enough. */
function measureTraces({ tools, say, once }: RowContext): Promise<Traces> {
  return once("traces", async () => {
    say("replaying traces");
    // It is our own script that says so.
    return (await runScript(tools, "in-process/trace-bytes.ts")) as unknown as Traces;
  });
}

function pairsOf({ measured, peers }: Traces, protocol: string): Pair[] {
  return measured
    .filter((own) => own.protocol === protocol)
    .flatMap((own) => {
      const peer = peers.find(({ trace, specials }) => trace === own.trace && specials === own.specials);
      return peer === undefined ? [] : [{ own, peer }];
    });
}

const nameOf = ({ trace, feed, specials }: TraceBytes) => `${trace}, ${feed}${specials ? " + specials" : ""}`;

const timesSmaller = {
  "JSON full": ({ own, peer }: Pair) => peer.json / own.bytes,
  "JSON + deflate 6": ({ own, peer }: Pair) => peer.deflated / own.bytes,
  "msgpackr delta": ({ own, peer }: Pair) => peer.msgpackr / own.bytes,
  "Gorilla XOR": ({ own, peer }: Pair) => peer.gorilla / own.bytes,
} as const;

function lineOf(pair: Pair): Line {
  const { own, peer } = pair;
  return {
    name: nameOf(own),
    figures: {
      "bytes a tick": constant(own.bytes),
      "JSON full": constant(peer.json),
      "JSON + deflate 6": constant(peer.deflated),
      "msgpackr delta": constant(peer.msgpackr),
      "Gorilla XOR": constant(peer.gorilla),
      ...Object.fromEntries(
        Object.entries(timesSmaller).map(([name, times]) => [`x ${name}`, constant(times(pair))]),
      ),
      "values compared": constant(own.compared),
      different: constant(own.different),
    },
  };
}

function exactness(pairs: readonly Pair[]): Figure {
  const different = pairs.reduce((sum, { own }) => sum + own.different, 0);
  return { name: "values different", value: different, budget: { atMost: 0, unit: "" } };
}

const least = (pairs: readonly Pair[], times: (pair: Pair) => number) => Math.min(...pairs.map(times));
const mean = (pairs: readonly Pair[], times: (pair: Pair) => number) => geometricMean(pairs.map(times));
const bySecond = (pairs: readonly Pair[]) => pairs.filter(({ own }) => own.trace.endsWith("-1s"));

/** Over the traces as they were recorded, flat and folded apart. */
function byFeed(
  pairs: readonly Pair[],
  figures: (pairs: readonly Pair[], feed: string) => Figure[],
): Figure[] {
  const recorded = pairs.filter(({ own }) => !own.specials);
  const feeds = [...new Set(recorded.map(({ own }) => own.feed))];
  return feeds.flatMap((feed) =>
    figures(
      recorded.filter(({ own }) => own.feed === feed),
      feed,
    ),
  );
}

function measured(pairs: readonly Pair[], figures: readonly Figure[]): Measured {
  return { figures: [...figures, exactness(pairs)], lines: pairs.map(lineOf) };
}

const atLeast = (name: string, value: number, bound: number): Figure => ({
  name,
  value,
  budget: { atLeast: bound, unit: "x" },
});

const binaryBytes: Row = {
  id: "1",
  name: "Bytes of a tick, binary, over each recorded trace",
  about: method,
  async measure(context) {
    const pairs = pairsOf(await measureTraces(context), binary);
    const figures = byFeed(pairs, (all, feed) => {
      const seconds = bySecond(all);
      return [
        atLeast(`${feed}: worst 1 s trace vs JSON full`, least(seconds, timesSmaller["JSON full"]), 68),
        atLeast(
          `${feed}: worst 1 s trace vs JSON + deflate 6`,
          least(seconds, timesSmaller["JSON + deflate 6"]),
          12,
        ),
        atLeast(`${feed}: mean of 1 s traces vs JSON full`, mean(seconds, timesSmaller["JSON full"]), 125),
        atLeast(
          `${feed}: mean of 1 s traces vs msgpackr delta`,
          mean(seconds, timesSmaller["msgpackr delta"]),
          3.4,
        ),
        atLeast(`${feed}: mean of 1 s traces vs Gorilla XOR`, mean(seconds, timesSmaller["Gorilla XOR"]), 2),
      ];
    });
    return measured(pairs, figures);
  },
};

const jsonBytes: Row = {
  id: "2",
  name: "Bytes of a tick, JSON mode, over each recorded trace",
  about: method,
  async measure(context) {
    const pairs = pairsOf(await measureTraces(context), json);
    const figures = byFeed(pairs, (all, feed) => [
      atLeast(`${feed}: worst trace vs JSON full`, least(all, timesSmaller["JSON full"]), 13),
      atLeast(`${feed}: worst trace vs JSON + deflate 6`, least(all, timesSmaller["JSON + deflate 6"]), 2),
    ]);
    return measured(pairs, figures);
  },
};

const joinBytes: Row = {
  id: "3",
  name: "Bytes of a join: dictionary and keyframe, against one JSON full + deflate 6",
  about: "What a session is sent that joins half-way through a trace, its values compared from there on.",
  async measure(context) {
    const traces = await measureTraces(context);
    const pairs = pairsOf(traces, binary).filter(({ own }) => !own.specials);
    const ratio = ({ own, peer }: Pair) => own.joinBytes / peer.joinDeflated;
    const jsonOf = ({ own }: Pair) =>
      traces.measured.find(
        ({ trace, feed, specials, protocol }) =>
          trace === own.trace && feed === own.feed && !specials && protocol === json,
      );
    return {
      figures: [
        { name: "worst trace", value: Math.max(...pairs.map(ratio)), budget: { atMost: 1, unit: "x" } },
        exactness(pairs),
      ],
      lines: pairs.map((pair) => ({
        name: nameOf(pair.own),
        figures: {
          "join, binary": constant(pair.own.joinBytes),
          "join, JSON mode": constant(jsonOf(pair)?.joinBytes ?? Number.NaN),
          "JSON + deflate 6": constant(pair.peer.joinDeflated),
          "binary vs it": constant(ratio(pair)),
        },
      })),
    };
  },
};

export const traceRows: readonly Row[] = [binaryBytes, jsonBytes, joinBytes];
