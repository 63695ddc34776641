import type { ArmSpec } from "../drive/arm-spec.js";
import { type RoundFigures, runRounds } from "../drive/rounds.js";
import { runScript } from "../drive/script.js";
import { pairedRatio, type Spread, spreadOf } from "../drive/statistics.js";
import type { ViewEncoding } from "../in-process/view-encoding.js";
import { tenth } from "../server/moving-series.js";
import { fastest, intervalMs, metricastSpec } from "./fan-out-comparison.js";
import { constant, type Figure, type Line, type Row, type RowContext } from "./row.js";

const clientCounts = [500, 1_000, 2_000, 5_000] as const;
const seriesCounts = [200, 2_000, 10_000] as const;
/** Few, so that what is seen is the cost of series. */
const clientsOfSeries = 20;
const viewCounts = [1, 20, 200] as const;
const watchedSeries = 2_000;
const clientsOfViews = 200;

export const growthRow: Row = {
  id: "15",
  name: "Cost of growth: by clients, by series, by views",
  about:
    "By clients: server CPU per tick and client, 200 series, the dearest count against the cheapest. By series: server " +
    `CPU per tick and series with ${clientsOfSeries} clients, a tenth changing; above 1 it grows faster than the series do. ` +
    `By views: what core does to encode a tick of ${watchedSeries} series for so many views, each another selection of a ` +
    "tenth of them: the tokens of the channel, and a frame of every view, without sending; `all` are views of everything. " +
    `And what all that is to a server: its CPU per tick with ${clientsOfViews} clients, spread over so many views.`,
  async measure(context) {
    const clients = await byClients(context);
    const series = await bySeries(context);
    const views = await byViews(context);
    const served = await byServedViews(context);
    return {
      figures: [...clients.figures, ...series.figures, ...views.figures],
      lines: [...clients.lines, ...series.lines, ...views.lines, ...served],
    };
  },
};

interface Part {
  readonly figures: readonly Figure[];
  readonly lines: readonly Line[];
}

function cpuOf(figures: RoundFigures, { label }: ArmSpec): number[] {
  return (figures.get(label) ?? []).map(({ cpuUs }) => cpuUs);
}

async function byClients({ tools, rounds = 5, say }: RowContext): Promise<Part> {
  const options = { series: 200, intervalMs };
  const specs = clientCounts.map((clients) =>
    metricastSpec({ label: `${clients} clients`, clients, options }),
  );
  const figures = await runRounds(tools, specs, { rounds, burstMs: 400, say });
  const cpu = specs.map((spec) => spreadOf(cpuOf(figures, spec)));
  const medians = cpu.map(({ median }) => median);
  return {
    figures: [
      {
        name: "per client, dearest vs cheapest count",
        value: Math.max(...medians) / Math.min(...medians),
        budget: { atMost: 1.3, unit: "x" },
      },
    ],
    lines: specs.map(({ label }, at) => ({
      name: label,
      figures: { "CPU us per tick and client": cpu[at] ?? constant(Number.NaN) },
    })),
  };
}

async function bySeries({ tools, rounds = 5, say }: RowContext): Promise<Part> {
  const specs = seriesCounts.map((series) =>
    metricastSpec({ label: `${series} series`, clients: clientsOfSeries, options: { series, intervalMs } }),
  );
  const figures = await runRounds(tools, specs, { rounds, burstMs: 400, say });
  const perSeries = specs.map((spec) =>
    cpuOf(figures, spec).map((us) => (us * clientsOfSeries) / spec.options.series),
  );
  const ratio = (at: number) => pairedRatio(perSeries[at] ?? [], perSeries[at - 1] ?? []);
  return {
    figures: [1, 2].map((at) => ({
      name: `per series, ${seriesCounts[at]} vs ${seriesCounts[at - 1]}`,
      value: ratio(at).median,
      budget: { atMost: 1.3, unit: "x" },
    })),
    lines: specs.map(({ label }, at) => ({
      name: label,
      figures: {
        "CPU us per tick": spreadOf((perSeries[at] ?? []).map((us) => us * (seriesCounts[at] ?? 0))),
        "CPU ns per tick and series": spreadOf((perSeries[at] ?? []).map((us) => 1_000 * us)),
      },
    })),
  };
}

async function byViews({ tools, rounds = 5, say }: RowContext): Promise<Part> {
  say("views in memory");
  const args = [watchedSeries, 200, rounds].map(String);
  const answer = await runScript(tools, "in-process/view-encoding.ts", { args: [...args, fastest] });
  // It is our own script that says so.
  const results = answer.results as readonly ViewEncoding[];
  const encoding = (views: number, share: number): readonly number[] =>
    results.find((one) => one.views === views && one.share === share)?.us ?? [];
  const ratio = (views: number, share = 0.1): Spread =>
    pairedRatio(encoding(views, share), encoding(1, share));
  const bounds = { 1: 1, 20: 2, 200: 6 } as const;
  return {
    figures: viewCounts.map((views) => ({
      name: `encoding for ${views} views vs one`,
      value: ratio(views).median,
      budget: { atMost: bounds[views], unit: "x" },
    })),
    lines: [0.1, 1].flatMap((share) =>
      viewCounts.map((views) => ({
        name: `${views} views of ${share === 1 ? "all" : "a tenth"}`,
        figures: {
          "us per tick": spreadOf(encoding(views, share)),
          "vs one view": ratio(views, share),
        },
      })),
    ),
  };
}

async function byServedViews({ tools, rounds = 5, say }: RowContext): Promise<readonly Line[]> {
  const options = { series: watchedSeries, intervalMs };
  const specs = viewCounts.map((views) => ({
    ...metricastSpec({
      label: `${clientsOfViews} clients, ${views} views`,
      clients: clientsOfViews,
      options,
    }),
    ownSelects: Array.from({ length: views }, (_, view) => tenth(view)),
  }));
  const figures = await runRounds(tools, specs, { rounds, burstMs: 400, say });
  const perTick = specs.map((spec) => cpuOf(figures, spec).map((us) => us * clientsOfViews));
  return specs.map(({ label }, at) => ({
    name: label,
    figures: {
      "CPU us per tick": spreadOf(perTick[at] ?? []),
      "vs one view": pairedRatio(perTick[at] ?? [], perTick[0] ?? []),
    },
  }));
}
