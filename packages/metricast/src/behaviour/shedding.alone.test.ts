import { ChildScript, until } from "@metricast/testkit";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";

/**
 * A host that never lets go of its event loop for long; metricast is its guest. What counts is time of the processor, so
 * that whatever else the machine does is left out of it.
 */
function hostScript(shed: boolean): string {
  return `
import { createServer } from "node:http";
import { metricast } from "metricast";

const names = Array.from({ length: 4_000 }, (_, index) => "series_" + index);
let reads = 0;
const read = () => {
  reads += 1;
  return Object.fromEntries(names.map((name, index) => [name, Math.sin(reads * (index + 1))]));
};
const cast = metricast({
  shed: ${shed},
  // Later than a busy machine makes everybody.
  shedLateMs: 100,
  shedLastValuesLateMs: 5_000,
  intervalMs: 1_000,
  public: true,
  sources: [read],
  defaultSources: false,
});
const server = createServer().listen(0, "127.0.0.1", () => console.log("port " + server.address().port));
cast.attach(server);
cast.on("warning", ({ code, details }) => {
  if (code === "MC_SHED") console.log("level " + details.level);
});

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};
let sum = 0;
/** The host's own work: 600 ms of the processor at a time, so that a look after 250 ms comes late by as much again. */
const work = () => {
  const endMs = cpuMs() + 600;
  while (cpuMs() < endMs) for (let round = 0; round < 100_000; round += 1) sum += Math.sqrt(round + sum);
};

process.stdin.once("data", () => {
  const beganMs = performance.now();
  let ownMs = 0;
  let from;
  const next = () => {
    const elapsedMs = performance.now() - beganMs;
    // What counts is how it is once metricast has had the time to notice.
    if (elapsedMs > 10_000 && from === undefined) from = { reads, ownMs, cpuMs: cpuMs() };
    if (elapsedMs > 28_000) return finish();
    const before = cpuMs();
    work();
    ownMs += cpuMs() - before;
    setImmediate(next);
  };
  const finish = () => {
    const own = ownMs - from.ownMs;
    const guest = (cpuMs() - from.cpuMs - own) / own;
    const { level } = cast.health().pressure;
    console.log("figures " + JSON.stringify({ guest, reads: reads - from.reads, level }));
  };
  next();
});
`;
}

interface Figures {
  /** Time of the processor that all but the host's work took, for each second of that work. */
  readonly guest: number;
  /** How often the host's source was read. */
  readonly reads: number;
  readonly level: number;
}

const clientCount = 16;
/** All of them select everything, each in a view of its own. */
const selects = ["*", "s*", "se*", "ser*", "seri*", "serie*", "series*", "series_*"];

async function arm(shed: boolean) {
  const child = ChildScript.run(hostScript(shed));
  onTestFinished(() => child.kill());
  const port = await child.says("port ", 30_000);
  const sockets = Array.from(
    { length: clientCount },
    () => new WebSocket(`ws://127.0.0.1:${port}/metricast/`, "metricast.v1.json"),
  );
  const leave = () => {
    for (const socket of sockets) socket.terminate();
  };
  onTestFinished(leave);
  let frames = 0;
  for (const [index, socket] of sockets.entries()) {
    const items = [{ channel: "metrics", select: selects[index % selects.length] }];
    socket.on("error", () => {});
    socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", id: 1, items })));
    socket.on("message", () => {
      frames += 1;
    });
  }
  await until(() => frames > clientCount * 3, 30_000, "everybody is served");
  return {
    child,
    leave,
    async figures(): Promise<Figures> {
      child.say("go");
      return JSON.parse(await child.says("figures ", 90_000));
    },
  };
}

test("a guest that sheds takes less of a host that holds its event loop than a twin that sheds nothing", {
  timeout: 240_000,
}, async () => {
  // Side by side, so that the machine is the same for both.
  const [shedding, twin] = await Promise.all([arm(true), arm(false)]);
  const [shed, all] = await Promise.all([shedding.figures(), twin.figures()]);
  expect([shed.level > 0, all.level]).toEqual([true, 0]);
  expect(shed.reads).toBeLessThan(0.6 * all.reads);
  expect(shed.guest).toBeLessThan(0.8 * all.guest);
  // The pressure is over: all is as before, by itself.
  twin.child.kill();
  shedding.leave();
  await shedding.child.says("level 0", 90_000);
});
