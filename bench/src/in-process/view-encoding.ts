// What a tick costs with so many different views of one channel, each watched by one session in memory.
import { createMetricast } from "@metricast/core";
import { LeapClock } from "../server/leap-clock.js";
import { MovingSeries } from "../server/moving-series.js";
import { MemoryClient } from "./memory-client.js";
import { nextTurn, turnsUntil } from "./turns.js";

export interface ViewEncoding {
  readonly views: number;
  /** Which part of the series each view holds. */
  readonly share: number;
  /** Microseconds of a tick, by round. */
  readonly us: readonly number[];
}

const intervalMs = 1_000;
const hundredths = 100;
const [series = 2_000, ticks = 100, rounds = 5] = process.argv.slice(2, 5).map(Number);
const protocol = process.argv[5] ?? "metricast.v1.json";
const viewCounts = (process.argv[6] ?? "0,1,20,200").split(",").map(Number);

/** Ten hundredths of the series, others for each view. */
function tenth(view: number): string[] {
  const shards = Array.from({ length: 10 }, (_, at) => (view * 7 + at * (1 + (view % 9))) % hundredths);
  const distinct = [...new Set(shards)];
  for (let next = view; distinct.length < 10; next += 1) {
    if (!distinct.includes(next % hundredths)) distinct.push(next % hundredths);
  }
  return distinct.map((shard) => `*{shard="${shard}"}`);
}

/** Everything but one hundredth that has no series: as many series, another view. */
function whole(view: number): string[] {
  return ["*", `none_${view}`];
}

async function stageOf(views: number, selectOf: (view: number) => string[]) {
  const clock = new LeapClock();
  const moving = new MovingSeries(series);
  const read = () => {
    moving.advance();
    return moving.samples;
  };
  const cast = createMetricast({
    clock,
    intervalMs,
    public: true,
    // Leaps of the clock are no standstills.
    shed: false,
    heartbeatMs: 100 * intervalMs,
    deadAfterMs: 300 * intervalMs,
    maxSeries: 100_000,
    maxLabelSets: 100_000,
    maxInFlightBytes: 16 * 2 ** 20,
    acceptsPerSecondPerAddress: 100_000,
    acceptBurstPerAddress: 100_000,
    sources: [{ name: "moving", read }],
  });
  await cast.start();
  const clients: MemoryClient[] = [];
  for (let view = 0; view < Math.max(1, views); view += 1) {
    const client = await MemoryClient.open(cast.acceptor, protocol);
    if (views > 0) client.subscribe(selectOf(view));
    clients.push(client);
  }
  await nextTurn();
  return { clock, clients, moving, views };
}

type Stage = Awaited<ReturnType<typeof stageOf>>;

async function run({ clock, clients, moving, views }: Stage): Promise<number> {
  const times: number[] = [];
  clock.release();
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const client of clients) client.answerPings();
    await nextTurn();
    const due = clients.map(({ count }) => count + 1);
    const seq = moving.snapshot.seq;
    const begunMs = performance.now();
    clock.leapTo((Math.floor(clock.dateMs() / intervalMs) + 1) * intervalMs);
    const last = clients.at(-1);
    const done = () => (views === 0 ? moving.snapshot.seq > seq : last?.count === due.at(-1));
    await turnsUntil(done, "the last view's frame");
    times.push(1_000 * (performance.now() - begunMs));
    if (views > 0 && clients.some(({ count }, at) => count !== due[at]))
      throw new Error("a view got no frame");
  }
  clock.hold();
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0;
}

const plans = viewCounts.flatMap((views) =>
  views === 0
    ? [{ views, share: 0, selectOf: tenth }]
    : [
        { views, share: 0.1, selectOf: tenth },
        { views, share: 1, selectOf: whole },
      ],
);
const stages = [];
for (const plan of plans)
  stages.push({ ...plan, stage: await stageOf(plan.views, plan.selectOf), us: [] as number[] });
for (const { stage } of stages) await run(stage);
for (let round = 0; round < rounds; round += 1) for (const one of stages) one.us.push(await run(one.stage));
const results: ViewEncoding[] = stages.map(({ views, share, us }) => ({ views, share, us }));
process.stdout.write(`${JSON.stringify({ results })}\n`);
process.exit();
