import { runRounds } from "../drive/rounds.js";
import { pairedRatio, spreadOf } from "../drive/statistics.js";
import { bounds } from "../server/moving-series.js";
import { intervalMs, metricastSpec } from "./fan-out-comparison.js";
import type { Row } from "./row.js";

const clients = 1_000;
const fifths = [0, 2, 4, 6, 8].map((at) => bounds.slice(at, at + 2).map((bound) => `*{le="${bound}"}`));

export const subscriptionsRow: Row = {
  id: "8",
  name: `Five subscriptions per session, ${clients} clients x 200 series: CPU per client and tick vs one`,
  about: "Five selections of a fifth of the series each, against one of all: the same values arrive.",
  async measure({ tools, rounds = 9, say }) {
    const options = { series: 200, intervalMs };
    const one = metricastSpec({ label: "one subscription", clients, options });
    const five = metricastSpec({ label: "five subscriptions", clients, options, selects: fifths });
    const figures = await runRounds(tools, [one, five], { rounds, burstMs: 300, say });
    const cpu = (label: string) => (figures.get(label) ?? []).map(({ cpuUs }) => cpuUs);
    const ratio = pairedRatio(cpu(five.label), cpu(one.label));
    return {
      figures: [{ name: "five vs one", value: ratio.median, budget: { atMost: 1.5, unit: "x" } }],
      lines: [one, five].map(({ label }) => ({
        name: label,
        figures: {
          "bytes a tick": spreadOf((figures.get(label) ?? []).map(({ payloadBytes }) => payloadBytes)),
          "CPU us per tick and client": spreadOf(cpu(label)),
          ...(label === five.label ? { "five vs one": ratio } : {}),
        },
      })),
    };
  },
};
