import type { ArmName, ArmSpec } from "./drive/arm-spec.js";
import { runRounds } from "./drive/rounds.js";
import { medianOf } from "./drive/statistics.js";
import { prepareTools } from "./drive/tools.js";

const [, , clients = "100", series = "200", rounds = "3", ms = "150", ...names] = process.argv;
const tools = await prepareTools();
try {
  const specs = names.map(
    (arm): ArmSpec => ({
      label: arm,
      arm: arm as ArmName,
      clients: Number(clients),
      options: { series: Number(series), intervalMs: 200 },
    }),
  );
  const figures = await runRounds(tools, specs, {
    rounds: Number(rounds),
    burstMs: Number(ms),
    say: () => {},
  });
  for (const [label, list] of figures)
    console.log(
      label.padEnd(12),
      "us",
      medianOf(list.map((x) => x.cpuUs)).toFixed(2),
      "rate",
      medianOf(list.map((x) => x.perSecond)).toFixed(0),
      "bytes",
      list[0]?.payloadBytes,
      "ticks",
      list.map((x) => x.ticks).join(),
      "disturbed",
      list.map((x) => x.disturbed?.toFixed(2)).join(),
    );
} finally {
  tools.dispose();
}
