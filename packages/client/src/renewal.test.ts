import { HttpHost, type ManualClock, manualClock, until } from "@metricast/testkit";
import { metricast } from "metricast";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { connect } from "./client.js";

const intervalMs = 1_000;
const sessionMs = 60_000;

/** A service whose users are let in for a minute, and a client that asks it for tickets; both on one clock. */
async function watchWithTickets(transport: "websocket" | "stream") {
  const clock = manualClock();
  const cast = metricast({
    clock,
    intervalMs,
    secret: "a secret of more than 16 characters",
    identify: () => ({ id: "ann", expiresMs: clock.dateMs() + sessionMs }),
    dashboard: false,
    defaultSources: false,
    sources: [({ now }) => ({ tick: now / intervalMs })],
  });
  const host = await HttpHost.start(cast.handler());
  cast.attach(host.server);
  await clock.advanceAsync(0);
  const login = { isOver: false, tickets: 0 };
  const ticket = async () => {
    if (login.isOver) throw new Error("log in first");
    const answer = await fetch(`http://127.0.0.1:${host.port}/metricast/ticket`, { method: "POST" });
    const { ticket: text }: { readonly ticket: string } = JSON.parse(await answer.text());
    login.tickets++;
    return text;
  };
  const client = connect(host.ws("/metricast/"), { WebSocket, clock, transport, token: ticket });
  onTestFinished(async () => {
    client.close();
    await cast.close();
    await host.close();
  });
  const codes: number[] = [];
  cast.on("disconnect", ({ code }) => codes.push(code));
  const subscription = client.subscribe();
  const told: unknown[] = [];
  for (const type of ["gap", "resumed"] as const) subscription.on(type, (payload) => told.push(payload));
  await settled(clock, () => subscription.series.columns().times.length > 0);
  const newest = () => subscription.series.columns().times.at(-1) ?? 0;
  /** Second by second, all that is sent arriving. */
  const live = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advanceAsync(1_000);
      await settled(clock, () => client.state.name === "live" && newest() === clock.dateMs());
    }
  };
  return { clock, client, login, codes, subscription, told, live };
}

/** The client puts off to the end of a turn what it has to say, and a turn is the clock's. */
function settled(clock: ManualClock, isSo: () => boolean): Promise<void> {
  return until(async () => {
    await clock.advanceAsync(0);
    return isSo();
  });
}

function expectEachTick(times: Float64Array): void {
  expect([...times]).toEqual(Array.from(times, (_, k) => (times[0] ?? 0) + k * intervalMs));
}

it("goes on for as long as it is given new tokens", async () => {
  const { client, login, codes, subscription, told, live } = await watchWithTickets("websocket");
  const first = client.state;
  await live(200);
  expect([client.state, codes, told]).toEqual([first, [], []]);
  // The first, and one in each nine tenths of a minute.
  expect(login.tickets).toBe(4);
  expectEachTick(subscription.series.columns().times);
});

it("of a session that could not be renewed comes back with a new token and goes on where it was", async () => {
  const { clock, client, login, codes, subscription, told, live } = await watchWithTickets("websocket");
  login.isOver = true;
  await live(58);
  expect(codes).toEqual([]);
  login.isOver = false;
  await clock.advanceAsync(3_000);
  await settled(clock, () => codes.length > 0);
  expect(codes).toEqual([4004]);
  await until(async () => {
    await clock.advanceAsync(100);
    return client.state.name === "live";
  });
  await clock.advanceAsync(1_000 - (clock.dateMs() % 1_000));
  await settled(clock, () => subscription.series.columns().times.at(-1) === clock.dateMs());
  await settled(clock, () => subscription.series.gaps.length === 0);
  expect(told).toEqual([{ outcome: "complete" }]);
  expectEachTick(subscription.series.columns().times);
});

it("of a stream, to which nothing can be said, takes up the next before the time is up", async () => {
  const { clock, client, login, codes, subscription, told, live } = await watchWithTickets("stream");
  await live(50);
  const first = client.state;
  await until(async () => {
    await clock.advanceAsync(100);
    return client.state.name === "live" && client.state !== first;
  });
  await clock.advanceAsync(1_000 - (clock.dateMs() % 1_000));
  await settled(clock, () => subscription.series.columns().times.at(-1) === clock.dateMs());
  await settled(clock, () => subscription.series.gaps.length === 0);
  expect(codes).not.toContain(4004);
  expect(login.tickets).toBeGreaterThan(1);
  expect(told).toEqual([{ outcome: "complete" }]);
  expectEachTick(subscription.series.columns().times);
});
