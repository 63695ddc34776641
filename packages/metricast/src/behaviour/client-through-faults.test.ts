import { connect } from "@metricast/client";
import { FaultProxy, ServedCast, until } from "@metricast/testkit";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { type CastOptions, metricast } from "../index.js";

const intervalMs = 100;

/** The client of the package, in real time, through a network with faults to switch on. Each value is its own tick. */
async function serve(options: CastOptions = {}) {
  const read = ({ now }: { readonly now: number }) => ({ tick: now / intervalMs });
  const sources = [{ name: "ticks", read }];
  const cast = metricast({ intervalMs, public: true, defaultSources: false, sources, ...options });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  const proxy = await FaultProxy.listen(served.host.port);
  onTestFinished(() => proxy.close());
  const reconnect = { minMs: 50, maxMs: 100 };
  const client = connect(`ws://127.0.0.1:${proxy.port}/metricast/`, { WebSocket, reconnect });
  onTestFinished(() => client.close());
  const subscription = client.subscribe();
  const resumed: string[] = [];
  subscription.on("resumed", ({ outcome }) => resumed.push(outcome));
  const latest = () => subscription.series.latest().get("tick")?.value ?? 0;
  await until(() => latest() > 0);
  return { cast, proxy, client, subscription, resumed, latest };
}

type Served = Awaited<ReturnType<typeof serve>>;

/** One point per tick that was sampled, each with its own value, and no gap but what was not sampled. */
function expectUnbroken({ subscription }: Served, firstTick: number): void {
  const { times, series } = subscription.series.columns();
  const ticks = Array.from(times, (time) => time / intervalMs);
  const [column] = series;
  const shown = ticks.filter((tick, at) => tick >= firstTick && (column?.count[at] ?? 0) > 0);
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  if (column?.kind === "gauge") {
    expect(shown).toEqual(Array.from(column.last).filter((value) => value >= firstTick));
  }
  const { gaps } = subscription.series;
  expect(gaps.filter(({ reason }) => reason !== "not_sampled")).toEqual([]);
  const unsampled = gaps.flatMap(({ fromMs, toMs }) =>
    Array.from(
      { length: Math.round((toMs - fromMs) / intervalMs) },
      (_, k) => Math.round(fromMs / intervalMs) + k + 1,
    ),
  );
  const all = [...shown, ...unsampled.filter((tick) => tick > firstTick && tick < (shown.at(-1) ?? 0))];
  expect(new Set(all).size).toBe((shown.at(-1) ?? 0) - firstTick + 1);
}

test("a client that is cut off again and again has every tick, each once, and is told that it is complete", async () => {
  const served = await serve();
  const { proxy, client, resumed, latest } = served;
  const firstTick = latest();
  for (let cut = 1; cut <= 6; cut += 1) {
    proxy.cut();
    await until(
      () => resumed.length === cut,
      5_000,
      () => `resumed ${cut} times, not ${resumed.length}`,
    );
    const tick = latest();
    await until(() => latest() >= tick + 2);
  }
  expect(new Set(resumed)).toEqual(new Set(["complete"]));
  await until(() => client.state.name === "live");
  expectUnbroken(served, firstTick);
});

test("a client behind a network that went silent notices, comes back, and misses nothing", async () => {
  const served = await serve({ heartbeatMs: 100, deadAfterMs: 300 });
  const { cast, proxy, client, resumed, latest } = served;
  const firstTick = latest();
  const left: number[] = [];
  cast.on("disconnect", ({ code }) => left.push(code));
  proxy.mode = "blackhole";
  // Both sides notice by themselves: no byte, no FIN, no RST reaches them.
  await until(() => client.state.name !== "live" && left.length === 1, 5_000, "both sides notice");
  expect(left).toEqual([4001]);
  proxy.mode = "pass";
  await until(() => resumed.length === 1 && latest() > 0, 5_000, "the client is back");
  const tick = latest();
  await until(() => latest() >= tick + 3);
  expect(resumed).toEqual(["complete"]);
  expectUnbroken(served, firstTick);
});
