import type { Socket } from "node:net";
import {
  allGivenBack,
  FaultProxy,
  manualClock,
  resources,
  ServedCast,
  until,
  WireClient,
} from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { metricast } from "../index.js";

async function serve() {
  const clock = manualClock();
  const served = await ServedCast.start(
    metricast({
      clock,
      intervalMs: 60_000,
      defaultSources: false,
      public: true,
      sources: [() => ({ one: 1 })],
    }),
  );
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  const disconnects: number[] = [];
  served.cast.on("disconnect", ({ code }) => disconnects.push(code));
  return { clock, served, cast: served.cast, disconnects };
}

test("a peer that says nothing is pinged every 10 s, and stays as long as it answers", async () => {
  const { clock, served } = await serve();
  const sockets: Socket[] = [];
  served.host.server.on("connection", (socket: Socket) => sockets.push(socket));
  const { peer } = await served.open();
  for (let ping = 1; ping <= 12; ping += 1) {
    const heard = sockets[0]?.bytesRead ?? 0;
    await clock.advanceAsync(10_000);
    await until(
      () => peer.pings.length === ping,
      2_000,
      () => `${ping} pings, not ${peer.pings.length}`,
    );
    // The answer has to be there before the clock goes on.
    await until(() => (sockets[0]?.bytesRead ?? 0) > heard);
  }
  expect(peer.closeCode).toBeUndefined();
});

describe("a peer that is gone without a word", () => {
  test("is ended after 30 s of silence with 4001, and no sooner", async () => {
    const { clock, served, cast, disconnects } = await serve();
    const { peer } = await served.open();
    peer.answersPings = false;
    peer.answersClose = false;
    await clock.advanceAsync(29_000);
    await until(() => peer.pings.length === 1);
    expect([cast.health().clients.count, peer.closeCode]).toEqual([1, undefined]);
    await clock.advanceAsync(2_000);
    await until(() => cast.health().clients.count === 0);
    await until(() => peer.ended);
    expect([peer.closeCode, disconnects]).toEqual([4001, [4001]]);
  });

  test("leaves no trace: sessions, views, timers, descriptors and listeners are those from before", async () => {
    const { clock, served, cast } = await serve();
    const warm = await served.open();
    await warm.watch();
    warm.peer.close(1000);
    await until(() => warm.peer.ended && cast.health().clients.count === 0);
    await clock.advanceAsync(20_000);
    const before = resources({ server: served.host.server });
    const timers = clock.pendingTimers;

    const zombies = await Promise.all(Array.from({ length: 20 }, () => served.open()));
    for (const [index, zombie] of zombies.entries()) {
      await zombie.watch();
      zombie.peer.answersPings = false;
      zombie.peer.answersClose = false;
      if (index % 2 === 0) zombie.peer.pause();
    }
    expect(cast.health().clients.count).toBe(20);
    expect(clock.pendingTimers).toBe(timers);
    await clock.advanceAsync(31_000);
    await until(() => cast.health().clients.count === 0);
    for (const { peer } of zombies) peer.destroy();
    await allGivenBack(before, { server: served.host.server });
    // An unwatched view is kept for 10 s.
    await clock.advanceAsync(11_000);
    expect(cast.health().limits.find(({ name }) => name === "maxViews")?.used).toBe(0);
    expect(clock.pendingTimers).toBe(timers);
  });

  test("is noticed behind a network that swallows everything", async () => {
    const { clock, served, cast } = await serve();
    const proxy = await FaultProxy.listen(served.host.port);
    onTestFinished(() => proxy.close());
    const client = await WireClient.open(`ws://127.0.0.1:${proxy.port}/metricast/`);
    await client.ask({ type: "ping" });
    proxy.mode = "blackhole";
    await clock.advanceAsync(31_000);
    await until(() => cast.health().clients.count === 0);
    expect(client.peer.closeCode).toBeUndefined();
    client.peer.destroy();
  });
});

test("a session that is sent nothing gets a beat every 10 s, with the time and the heads", async () => {
  const { clock, served } = await serve();
  const client = await served.open();
  const view = await client.watch();
  await until(() => view.tick !== undefined);
  for (let beat = 1; beat <= 3; beat += 1) {
    await clock.advanceAsync(10_000);
    await until(
      () => client.of("beat").length === beat,
      2_000,
      () => `${beat} beats`,
    );
  }
  expect(client.of("beat").at(-1)).toEqual({
    type: "beat",
    serverTimeMs: expect.any(Number),
    heads: [view.number, view.tick],
  });
});
