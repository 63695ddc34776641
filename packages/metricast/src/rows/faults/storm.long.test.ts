import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { noteFigure, until } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { doors, streams } from "./door.js";
import { FaultService } from "./fault-service.js";
import { storm } from "./storm.js";

describe.each(doors)("through $name", (door) => {
  test(
    "F19: 5,000 clients that lose their sockets at once are all back in their time",
    { timeout: 600_000 },
    ({ task }) => storm(task, { door, clients: 5_000, windowMs: 10_000, patience: 1 }),
  );
});

test("F19: 1,000 streams that are cut at once are all back in their time", ({ task }) =>
  storm(task, { door: streams, clients: 1_000, windowMs: 3_000, patience: 1 }));

test("F19: twin: streams that piled up hold the loop for far longer where each begins as it is read", async ({
  task,
}) => {
  const inTurnMs = await heldByPile("");
  const asReadMs = await heldByPile(`
    clock: {
      ...systemClock,
      soon(run) {
        let isAwaited = true;
        queueMicrotask(() => isAwaited && run());
        return () => (isAwaited = false);
      },
    },
  `);
  noteFigure(
    task,
    `${pile} streams asked for in one turn: one after another the loop computed at most ${Math.round(inTurnMs)} ms, as they are read ${Math.round(asReadMs)} ms`,
  );
  expect(asReadMs).toBeGreaterThan(2 * inTurnMs);
});

const pile = 400;
const request = "GET /metricast/stream HTTP/1.1\r\nHost: a\r\n\r\n";

/** How long a turn of a service computes at most that was stopped while so many asked for a stream. */
async function heldByPile(options: string): Promise<number> {
  const service = await FaultService.start({
    door: streams,
    before: `import { systemClock } from "metricast";`,
    options: `{ intervalMs: 10_000, acceptsPerSecond: 10_000, ${options} }`,
  });
  let heldMs = 0;
  // What runs for the first time is compiled first.
  for (const count of [50, 50, 50, pile]) {
    const sockets = await accepted(service, count);
    service.child.signal("SIGSTOP");
    for (const socket of sockets) socket.write(request);
    service.child.signal("SIGCONT");
    heldMs = 0;
    await until(async () => {
      const { sessions, turnMs } = await service.report();
      heldMs = Math.max(heldMs, turnMs);
      return sessions === count;
    }, 60_000);
    for (const socket of sockets) socket.destroy();
    await service.settled(0, 30_000);
  }
  return heldMs;
}

/** Sockets that asked for nothing yet: a server accepts one in each turn, and so spreads the requests of new ones by itself. */
async function accepted(service: FaultService, count: number): Promise<readonly Socket[]> {
  const { descriptors } = await service.report();
  const sockets = Array.from({ length: count }, () => connect(service.port, service.host));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  await until(async () => (await service.report()).descriptors >= descriptors + count, 60_000);
  return sockets;
}
