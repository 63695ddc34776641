import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ChildScript, FaultProxy, noteFigure, rawHttp, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Door, everyDoor } from "./door.js";
import { openingOf, openReader, watchThrough } from "./door-reader.js";
import { FaultService } from "./fault-service.js";
import { intervalMs } from "./interval.js";

// What ordinary runs put to ws alone: how a service goes, how its host ends, readers that stop, beginnings that break off.

const sound = { lost: 0, doubled: 0, wrong: 0 };

/** A host with nothing but metricast on it. */
async function hostWith(door: Door): Promise<ChildScript> {
  const child = ChildScript.run(`
    import { createInterface } from "node:readline";
    import { metricast } from "metricast";
    const host = "127.0.0.1";
    const listeners = () => JSON.stringify(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
    const before = listeners();
    const cast = metricast({ intervalMs: 100, public: true, defaultSources: false, dashboard: false });
    ${door.script}
    const lines = createInterface({ input: process.stdin });
    const commands = {
      throw: () => setTimeout(function theMistake() { throw new Error("all is lost"); }),
      reject: () => void Promise.reject(new Error("all is lost")),
      end() {
        const endedMs = performance.now();
        process.once("exit", () => console.log("afterlife " + Math.round(performance.now() - endedMs)));
        lines.close();
        process.stdin.destroy();
        stop();
      },
    };
    lines.on("line", (line) => commands[line]());
    console.log("listeners " + (listeners() === before ? "as before" : listeners()));
    console.log("port " + port);
  `);
  onTestFinished(() => child.kill());
  await child.says("port ", 120_000);
  return child;
}

describe.each(everyDoor)("through $name", (door) => {
  test("F4: who is sent away reads 1012, who comes is refused for now, and all go on at another service", async ({
    task,
  }) => {
    const before = "globalThis.leave = () => cast.close({ drainMs: 2_000 }).then(() => process.exit());";
    const leaving = await FaultService.start({ door, before });
    const other = await FaultService.start({ door });
    const proxy = await FaultProxy.listen(leaving.port);
    onTestFinished(() => proxy.close());
    const crowd = Array.from({ length: 20 }, () => watchThrough(door, proxy.port));
    const readers = await Promise.all(Array.from({ length: 5 }, () => openReader(door, leaving.port)));
    const told = () => readers.filter((reader) => reader.code() !== undefined).length;
    const moreTicks = (count: number) => {
      const goals = crowd.map(({ verdict }) => verdict().shown + count);
      return until(() => crowd.every(({ verdict }, at) => verdict().shown >= (goals[at] ?? 0)), 30_000);
    };
    await moreTicks(4);

    proxy.retarget(other.port);
    const fromMs = performance.now();
    leaving.child.say("run leave");
    await until(() => told() > 0 || crowd.some(({ client }) => client.state.name !== "live"));
    const refused = await rawHttp(leaving.port, openingOf(door, leaving.port));
    expect(await leaving.child.ended()).toEqual({ code: 0, signal: null });
    const leftMs = performance.now() - fromMs;
    await until(() => told() === readers.length);
    await moreTicks(4);

    noteFigure(task, `gone after ${(leftMs / 1_000).toFixed(1)} s at drainMs 2,000; ledger 0`);
    expect([refused.status, Number(refused.headers.get("retry-after"))]).toEqual([503, expect.any(Number)]);
    expect(readers.map((reader) => reader.code())).toEqual(readers.map(() => 1012));
    expect(crowd.map(({ verdict }) => verdict())).toMatchObject(crowd.map(() => sound));
    expect(leftMs).toBeLessThan(4_000);
  });

  test("F5, F7: nothing of metricast keeps the process alive, or listens to it", async ({ task }) => {
    const child = await hostWith(door);
    expect(await child.says("listeners ")).toBe("as before");
    child.say("end");
    const ms = Number(await child.says("afterlife "));
    noteFigure(task, `ends ${ms} ms after its host stops listening; no listener on the process`);
    expect([await child.ended(), ms < 1_000]).toEqual([{ code: 0, signal: null }, true]);
  });

  test.each(["throw", "reject", "SIGTERM", "SIGINT"] as const)(
    "F7: a host ends by %s as it would without",
    async (how) => {
      const child = await hostWith(door);
      if (how === "SIGTERM" || how === "SIGINT") {
        child.signal(how);
        expect(await child.ended()).toEqual({ code: null, signal: how });
        return;
      }
      child.say(how);
      expect(await child.ended()).toEqual({ code: 1, signal: null });
      expect(child.stderr).toContain("Error: all is lost");
      if (how === "throw") expect(child.stderr).toContain("theMistake");
    },
  );

  test("F14: readers that stop cost their bound of memory, and others no tick", async ({ task }) => {
    const count = 50;
    const service = await FaultService.start({
      door,
      before: `globalThis.memory = () => { globalThis.gc(); console.log("memory " + process.memoryUsage().rss); };`,
      options: `{
        deadAfterMs: 600_000, heartbeatMs: 300_000,
        sources: [({ now }) => ({ tick: now / ${intervalMs}, ...Object.fromEntries(Array.from({ length: 2_000 }, (_, k) => ["wide_" + k, Math.sin(now + k) * 1e6])) })],
      }`,
    });
    const memory = async () => {
      await service.command("run memory");
      return Number(await service.child.says("memory "));
    };
    const honest = watchThrough(door, service.port, ["tick"]);
    await until(() => honest.verdict().shown > 20, 60_000);
    const before = await memory();
    for (let reader = 0; reader < count; reader += 1) (await openReader(door, service.port)).pause();
    const { shown } = honest.verdict();
    // 40 KB a tick: more than the system takes for each of them.
    await until(() => honest.verdict().shown > shown + 200, 120_000);
    const grown = (await memory()) - before;
    noteFigure(
      task,
      `${Math.round(grown / count / 1_024)} KB for each of ${count} readers that stopped; others lost no tick`,
    );
    expect(honest.verdict()).toMatchObject(sound);
    // Beside the bound and a message, what any session has, and what the collector has not given back.
    expect(grown).toBeLessThan(count * (65_536 + 65_536) + 40 * 1_048_576);
  });

  test("F17: 1,000 beginnings that break off leave nothing, and the next is served", async ({ task }) => {
    const service = await FaultService.start({
      door,
      options: `{
        public: false, secret: "a secret of more than 16 characters",
        authenticate: () => new Promise((resolve) => setTimeout(resolve, 10 * Math.random(), { id: "ann" })),
      }`,
    });
    const { descriptors } = await service.report();
    const opening = openingOf(door, service.port);
    for (let round = 0; round < 50; round += 1)
      await Promise.all(Array.from({ length: 20 }, () => resetSomewhere(service.port, opening)));
    await service.settled(0);
    let after = await service.report();
    await until(async () => {
      after = await service.report();
      return after.descriptors <= descriptors;
    }, 30_000);
    expect(after.warnings).not.toContain("MC_INTERNAL");
    const { verdict } = watchThrough(door, service.port);
    await until(() => verdict().shown > 3, 30_000);
    noteFigure(task, "1,000 resets, 0 uncaught; descriptors and sessions as before");
  });
});

async function resetSomewhere(port: number, opening: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(Math.random() < 0.7 ? opening : opening.slice(0, Math.floor(Math.random() * opening.length)));
  await sleep(12 * Math.random());
  socket.resetAndDestroy();
}
