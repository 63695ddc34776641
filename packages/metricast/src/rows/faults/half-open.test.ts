import { ChildScript, noteFigure, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { abroad } from "./abroad.js";
import { doors } from "./door.js";
import { FaultService } from "./fault-service.js";

// Processes are started: on a busy machine that alone takes long.
vi.setConfig({ testTimeout: 240_000 });

describe.each(doors)("through $name", (door) => {
  test("F16: peers whose network vanishes are freed after the time of silence, with all they held", async ({
    task,
  }) => {
    const { host, under, portFor, vanish } = abroad();
    const service = await FaultService.start({
      door,
      host,
      options: "{ heartbeatMs: 300, deadAfterMs: 900 }",
    });
    const before = await service.report();
    const crowd = ChildScript.run(
      `
      import { WebSocket } from "ws";
      for (let at = 0; at < 20; at += 1) {
        const socket = new WebSocket("ws://${host}:${await portFor(service.port)}/metricast/");
        socket.on("error", () => {});
        socket.on("open", () => socket.send(JSON.stringify({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] })));
      }
    `,
      [],
      under,
    );
    onTestFinished(() => crowd.kill());
    await service.settled(20, 60_000);
    vanish();
    const fromMs = performance.now();
    await service.settled(0, 30_000);
    const freedMs = performance.now() - fromMs;
    let after = await service.report();
    await until(
      async () => {
        after = await service.report();
        return after.descriptors <= before.descriptors;
      },
      10_000,
      "the descriptors of before",
    );
    noteFigure(
      task,
      `20 peers freed within ${Math.round(freedMs)} ms at deadAfterMs 900; descriptors as before`,
    );
    expect(after.left.every((code) => code === 4001)).toBe(true);
    expect(freedMs).toBeLessThan(20_000);
  });

  test("F16: twin: without the time of silence they are held", async () => {
    const { host, under, portFor, vanish } = abroad();
    const service = await FaultService.start({
      door,
      host,
      options: "{ heartbeatMs: 300_000, deadAfterMs: 900_000 }",
    });
    const crowd = ChildScript.run(
      `
      import { WebSocket } from "ws";
      new WebSocket("ws://${host}:${await portFor(service.port)}/metricast/").on("error", () => {});
    `,
      [],
      under,
    );
    onTestFinished(() => crowd.kill());
    await service.settled(1, 60_000);
    vanish();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await service.report()).sessions).toBe(1);
  });
});
