// A process with one instance of a service. Each tick it reads is the value of its series `number_<name>`, so that a chart can be
// held against the ticks that it says it read.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { redisStore } from "@metricast/store-redis";
import { metricast } from "metricast";
import { roomyLimits } from "../server/roomy-limits.js";
import { MovingGauges } from "./moving-gauges.js";

const { NAME = "a", PORT = "0", REDIS_PORT = "6379", INTERVAL_MS = "1000", SERIES = "200" } = process.env;
const intervalMs = Number(INTERVAL_MS);
const ticks: number[] = [];
const faults = new Set<string>();

const gauges = new MovingGauges(Number(SERIES));
const cast = metricast({
  ...roomyLimits,
  service: "cluster",
  instance: NAME,
  intervalMs,
  store: redisStore({ port: Number(REDIS_PORT) }),
  sources: [
    ({ now }) => {
      ticks.push(now / intervalMs);
      return { [`number_${NAME}`]: now / intervalMs };
    },
    () => gauges.read(),
  ],
});
cast.on("error", ({ code }) => faults.add(code));
process.on("uncaughtExceptionMonitor", (cause) => console.error(String(cause)));

const handle = cast.handler();
const server = createServer((request, response) => handle(request, response, () => response.end()));
cast.attach(server);

const answers: Readonly<Record<string, () => Promise<object> | object>> = {
  ticks: () => ({ ticks }),
  report: () => {
    const { store, cluster } = cast.health();
    const roster = cluster?.instances.map(({ instance, epoch, ageMs }) => ({ instance, epoch, ageMs })) ?? [];
    return { faults: [...faults], store, roster, instances: cluster?.instances.length ?? 1 };
  },
  use: () => {
    const { user, system } = process.cpuUsage();
    return { cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage.rss() };
  },
  close: async () => {
    await cast.close({ drainMs: 1_000 });
    server.close();
    server.closeAllConnections();
    return { ticks };
  },
};

server.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address();
  say({ port: address !== null && typeof address === "object" ? address.port : 0 });
});
createInterface({ input: process.stdin })
  .on("line", async (line) => say((await answers[line]?.()) ?? { error: `unknown: ${line}` }))
  .on("close", () => process.exit());

function say(answer: object): void {
  console.log(JSON.stringify(answer));
}
