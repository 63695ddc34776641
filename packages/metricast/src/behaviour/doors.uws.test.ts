import uws from "uWebSockets.js";
import { connect } from "@metricast/client";
import { FaultProxy, HttpHost, Ledger, UwsHost, until, type Verdict } from "@metricast/testkit";
import { attachUws } from "@metricast/transport-uws";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { metricast } from "../index.js";

const intervalMs = 100;

/** One service behind two doors, each behind a network with faults; its metric is the number of the ledger. */
async function serve() {
  const ledger = new Ledger();
  const cast = metricast({
    intervalMs,
    public: true,
    dashboard: false,
    defaultSources: false,
    heartbeatMs: 100,
    deadAfterMs: 300,
    sources: [() => ({ number: ledger.next() })],
  });
  onTestFinished(() => cast.close());
  const http = await HttpHost.start();
  onTestFinished(() => http.close());
  cast.attach(http.server);
  const app = await UwsHost.start(uws, (given) => attachUws(given, cast));
  onTestFinished(() => app.close());
  const network = async (port: number) => {
    const proxy = await FaultProxy.listen(port);
    onTestFinished(() => proxy.close());
    return proxy;
  };
  return { cast, ledger, ws: await network(http.port), uws: await network(app.port), port: app.port };
}

/** Watches through a network; what it was shown in the end, told or caught up with, goes to the ledger in order. */
async function watch(ledger: Ledger, name: string, proxy: FaultProxy) {
  const reconnect = { minMs: 20, maxMs: 50 };
  const client = connect(`ws://127.0.0.1:${proxy.port}/metricast/`, { WebSocket, reconnect });
  onTestFinished(() => client.close());
  const subscription = client.subscribe();
  const outcomes: string[] = [];
  subscription.on("resumed", ({ outcome }) => outcomes.push(outcome));
  const latest = () => subscription.series.latest().get("number")?.value ?? 0;
  await until(() => latest() > 0);
  const start = ledger.last;
  const reader = ledger.reader(name);
  return {
    outcomes,
    latest,
    start,
    /** What is said of all numbers up to this one. */
    settle(last: number): Verdict {
      const [column] = subscription.series.columns().series;
      if (column?.kind !== "gauge") throw new Error("no points of the number");
      const shown = Array.from(column.last).filter((_, at) => (column.count[at] ?? 0) > 0);
      for (const number of shown.filter((value) => value > start && value <= last)) reader.got(number);
      return reader.verdict(last);
    },
  };
}

const sound = { lost: 0, duplicated: 0, reordered: 0, falseContinuity: 0 };

test("uWS and ws give the same ledger under the same faults", async () => {
  const { ledger, ...doors } = await serve();
  const proxies = [doors.ws, doors.uws];
  const readers = [await watch(ledger, "ws", doors.ws), await watch(ledger, "uws", doors.uws)] as const;
  const more = async (ticks: number) => {
    const goal = ledger.last + ticks;
    await until(() => readers.every(({ latest }) => latest() >= goal), 20_000, "later numbers");
  };
  const back = (times: number) =>
    until(() => readers.every(({ outcomes }) => outcomes.length >= times), 20_000, `back ${times} times`);
  await more(3);
  for (let cut = 1; cut <= 3; cut += 1) {
    for (const proxy of proxies) proxy.cut();
    await back(cut);
    await more(3);
  }
  for (const proxy of proxies) proxy.mode = "latency";
  await more(5);
  // Until both sides have noticed by themselves.
  for (const proxy of proxies) proxy.mode = "blackhole";
  await until(() => doors.cast.health().clients.count === 0, 20_000, "the service notices");
  for (const proxy of proxies) proxy.mode = "pass";
  await back(4);
  await more(5);

  const last = Math.min(...readers.map(({ latest }) => latest()));
  const verdicts = readers.map((reader) => reader.settle(last));
  expect(verdicts).toEqual(readers.map(({ start }) => ({ ...sound, received: last - start })));
  expect(readers.map(({ outcomes }) => [...new Set(outcomes)])).toEqual([["complete"], ["complete"]]);
}, 60_000);

test("a client goes from one door to the other with its position, and misses nothing", async () => {
  const { ledger, ws, port } = await serve();
  const reader = await watch(ledger, "mover", ws);
  await until(() => reader.latest() >= reader.start + 3);
  // What listens at the same address is another door from now on.
  ws.retarget(port);
  ws.cut();
  await until(() => reader.outcomes.length === 1, 20_000, "a resume at the other door");
  const goal = ledger.last + 3;
  await until(() => reader.latest() >= goal, 20_000);
  expect(reader.outcomes).toEqual(["complete"]);
  expect(reader.settle(goal)).toEqual({ ...sound, received: goal - reader.start });
}, 60_000);
