// What a tick costs per session where sending costs nothing: sessions in memory, one small view, no sockets.
import { createMetricast } from "@metricast/core";
import { LeapClock } from "../server/leap-clock.js";
import { MovingSeries } from "../server/moving-series.js";
import { rareHeartbeats, roomyLimits } from "../server/roomy-limits.js";
import { MemoryClient } from "./memory-client.js";
import { cpuUs, nextTurn, turnsUntil, undisturbed } from "./turns.js";

const intervalMs = 1_000;
const [sessions = 5_000, ticks = 200, rounds = 5] = process.argv.slice(2, 5).map(Number);
const protocol = process.argv[5] ?? "metricast.v1.json";

async function stageOf(count: number) {
  const clock = new LeapClock();
  const moving = new MovingSeries(1, 1);
  const read = () => {
    moving.advance();
    return moving.samples;
  };
  const cast = createMetricast({
    clock,
    intervalMs,
    ...roomyLimits,
    ...rareHeartbeats(intervalMs),
    sources: [{ name: "moving", read }],
  });
  await cast.start();
  const clients: MemoryClient[] = [];
  for (let index = 0; index < count; index += 1)
    clients.push(await MemoryClient.open(cast.acceptor, protocol));
  for (const client of clients) client.subscribe();
  await nextTurn();
  return { clock, clients, moving };
}

type Stage = Awaited<ReturnType<typeof stageOf>>;

/** Nanoseconds of CPU per session of every tick. */
async function run({ clock, clients }: Stage): Promise<number[]> {
  const times: number[] = [];
  const last = clients.at(-1);
  clock.release();
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const client of clients) client.answerPings();
    await nextTurn();
    const had = last?.count ?? 0;
    const before = cpuUs();
    clock.leapTo((Math.floor(clock.dateMs() / intervalMs) + 1) * intervalMs);
    await turnsUntil(() => last?.count !== had, "the last session's frame");
    times.push((1_000 * (cpuUs() - before)) / clients.length);
  }
  clock.hold();
  return times;
}

function checked({ clients }: Stage): number {
  const counts = new Set(clients.map(({ count }) => count));
  if (counts.size !== 1) throw new Error(`sessions got ${[...counts].join()} messages`);
  return clients[0]?.count ?? 0;
}

const many = await stageOf(sessions);
const one = await stageOf(1);
await run(many);
await run(one);
const perSession: number[] = [];
const alone: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  const own = undisturbed(await run(one));
  alone.push(own);
  perSession.push(undisturbed(await run(many)) - own / sessions);
  checked(many);
}
process.stdout.write(`${JSON.stringify({ perSession, alone, messages: checked(many) })}\n`);
process.exit();
