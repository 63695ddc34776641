import { createServer } from "node:http";
import {
  allGivenBack,
  manualClock,
  rawHttp,
  resources,
  ServedCast,
  UpgradeRefused,
  until,
} from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, memoryStore, metricast } from "../index.js";

async function serve(options: CastOptions = {}) {
  const clock = manualClock();
  const cast = metricast({ clock, intervalMs: 1_000, public: true, defaultSources: false, ...options });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  served.host.server.on("request", (_, res) => void res.end("the host's own"));
  await clock.advanceAsync(0);
  return { clock, cast, served };
}

describe("close({ drainMs })", () => {
  test("sends clients away in batches, each with its own time to come back, and refuses new ones", async () => {
    const { clock, cast, served } = await serve();
    const clients = await Promise.all(Array.from({ length: 40 }, () => served.open()));
    for (const client of clients) await client.watch({ channel: "metricast" });
    const gone = () => clients.filter(({ peer }) => peer.ended).length;

    const closing = cast.close({ drainMs: 3_000 });
    const refused: unknown = await served.open().catch((cause: unknown) => cause);
    expect(refused).toBeInstanceOf(UpgradeRefused);
    expect(refused).toMatchObject({ response: { status: 503 } });
    expect(refused instanceof UpgradeRefused && refused.response.headers.get("retry-after")).toBe("3");

    // Twenty batches of two, evenly: never more than a fifth over what is due.
    for (let elapsed = 0; elapsed < 3_000; elapsed += 150) {
      const due = 2 * (elapsed / 150 + 1);
      await until(
        () => gone() >= due,
        2_000,
        () => `${due} gone after ${elapsed} ms, not ${gone()}`,
      );
      expect(gone()).toBeLessThanOrEqual(due + 2);
      await clock.advanceAsync(150);
    }
    await closing;

    expect(clients.map(({ peer }) => peer.closeCode)).toEqual(clients.map(() => 1012));
    const returns = clients.flatMap((client) => client.of("bye").map((bye) => bye.reconnectAfterMs ?? -1));
    expect(returns).toHaveLength(40);
    expect(new Set(returns).size).toBeGreaterThan(30);
    expect(Math.min(...returns)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...returns)).toBeLessThanOrEqual(3_000);
    expect(Math.max(...returns) - Math.min(...returns)).toBeGreaterThan(1_500);
  });

  test("gives everything back: timers, descriptors, listeners; the host's server goes on", async () => {
    const { clock, cast, served } = await serve();
    const { server } = served.host;
    const attached = resources({ server });
    const ask = () => rawHttp(served.host.port, "GET / HTTP/1.1\r\nHost: host\r\nConnection: close\r\n\r\n");
    expect((await ask()).body).toBe("the host's own");
    const clients = await Promise.all(Array.from({ length: 5 }, () => served.open()));
    for (const client of clients) await client.watch();
    cast.event("something");
    let closed = 0;
    cast.on("closed", () => {
      closed += 1;
    });

    const [first, second] = [cast.close({ drainMs: 0 }), cast.close()];
    await Promise.all([first, second]);
    expect(closed).toBe(1);
    expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0]);
    await until(() => clients.every(({ peer }) => peer.ended));
    await allGivenBack(attached, { server });
    expect(server.listenerCount("upgrade")).toBe(0);
    expect(Object.hasOwn(server, "emit")).toBe(false);
    expect((await ask()).body).toBe("the host's own");
  });

  test("tears down whoever does not answer the close", async () => {
    const { clock, cast, served } = await serve();
    const zombies = [await served.open(), await served.open()];
    for (const { peer } of zombies) peer.answersClose = false;
    let done = false;
    const closing = cast.close().then(() => {
      done = true;
    });
    await until(() => zombies.every(({ peer }) => peer.closeFrame?.code === 1012));
    expect(done).toBe(false);
    await clock.advanceAsync(500);
    await closing;
    await until(() => zombies.every(({ peer }) => peer.ended));
    expect(clock.pendingTimers).toBe(0);
  });

  test("closes sources and the store, once; afterwards nothing can be begun", async () => {
    let closes = 0;
    const source = {
      name: "mine",
      read: () => ({ one: 1 }),
      close: () => {
        closes += 1;
      },
    };
    const store = memoryStore();
    const { cast } = await serve({ sources: [source], store });
    await cast.close();
    await cast.close();
    expect(closes).toBe(1);
    for (const begin of [
      () => cast.addSource(source),
      () => cast.counter("late_total"),
      () => cast.event("late"),
      () => cast.attach(createServer()),
    ]) {
      expect(begin).toThrow(expect.objectContaining({ code: "MC_CLOSED" }));
    }
  });

  test("in the middle of a start, with nobody there, is no error", async () => {
    const clock = manualClock();
    const cast = metricast({ clock, defaultSources: false });
    await cast.close();
    expect([clock.pendingTimers, clock.pendingSoon]).toEqual([0, 0]);
  });
});
