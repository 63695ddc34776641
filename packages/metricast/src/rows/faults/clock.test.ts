import { noteFigure, until } from "@metricast/testkit";
import { describe, expect, test, vi } from "vitest";
import { doors } from "./door.js";
import { FaultService } from "./fault-service.js";
import { steppingClock } from "./stepping-clock.js";

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

/** A monotonic clock of a machine that has been up for 115 days. */
const uptimeSeconds = 10_000_000;
const oldClock = `
  const realMonotonic = performance.now.bind(performance);
  performance.now = () => realMonotonic() + ${uptimeSeconds * 1_000};
`;
const isRoot = process.getuid?.() === 0;
const longUp = isRoot
  ? { under: ["unshare", "--time", "--fork", "--kill-child", "--monotonic", String(uptimeSeconds)] }
  : { before: oldClock };

describe.each(doors)("through $name", (door) => {
  test("F37: a wall clock that steps an hour forward and back drops nobody and gives no tick twice", async ({
    task,
  }) => {
    const options = "{ heartbeatMs: 200, deadAfterMs: 1_000, maxSessionMs: 1_800_000 }";
    const service = await FaultService.start({ door, before: steppingClock, options });
    const clients = await Promise.all(Array.from({ length: 5 }, () => service.open()));
    const views = await Promise.all(clients.map((client) => client.watch()));
    const frames = () => Math.min(...views.map((view) => view.frames.length));
    const more = async (count: number) => {
      const before = frames();
      await until(() => frames() >= before + count, 20_000, "further frames");
    };
    await more(5);
    await service.command("run forward");
    await more(5);
    await service.command("run back");
    await more(5);

    const { sessions, left, warnings } = await service.report();
    const repeated = views.flatMap(({ frames: all }) =>
      all.filter(({ tick }, at) => tick <= (all[at - 1]?.tick ?? 0)),
    );
    noteFigure(task, `${left.length} of 5 clients dropped; ${repeated.length} ticks given twice`);
    expect({ sessions, left, repeated }).toEqual({ sessions: 5, left: [], repeated: [] });
    expect(warnings).toContain("MC_CLOCK_STEP");
    expect(views.flatMap(({ faults }) => faults)).toEqual([]);
    // What was sampled before the step is not evicted by it.
    const reply = await clients[0]?.ask({
      type: "query",
      items: [{ channel: "metrics", from: Date.now() - 60_000, to: Date.now() + 1_000, points: 100 }],
    });
    expect(JSON.stringify(reply)).toContain('"tick"');
  });

  test("F38: a clock that began months ago changes nothing", async ({ task }) => {
    const options = "{ heartbeatMs: 200, deadAfterMs: 600, helloTimeoutMs: 1_000 }";
    const service = await FaultService.start({ door, options, ...longUp });
    const client = await service.open();
    const view = await client.watch();
    await until(() => view.frames.length > 15, 20_000, "15 ticks");
    const mute = await service.open();
    mute.peer.answersPings = false;
    expect(await mute.closed()).toBe(4001);
    await service.settled(1);
    const { sessions, left } = await service.report();
    noteFigure(
      task,
      `a service on a clock ${uptimeSeconds} s old ticks, keeps who answers and ends who does not`,
    );
    expect({ sessions, left }).toEqual({ sessions: 1, left: [4001] });
    expect(view.faults).toEqual([]);
  });
});
