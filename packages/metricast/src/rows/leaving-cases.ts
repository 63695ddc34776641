import { connect } from "node:net";
import { until } from "@metricast/testkit";
import { expect } from "vitest";
import { type HookedService, intervalMs } from "./hooked-service.js";
import type { InputCase } from "./input-case.js";
import type { InputStage } from "./input-stage.js";

// B46: leaving before the answer is whole.

const ann = { headers: [["X-User", "ann"]] } as const;
const yearMs = 365 * 86_400_000;

/** A service whose answers are larger than what the system takes of a socket that nobody reads. */
async function serveWide(stage: InputStage): Promise<HookedService> {
  const padding = Object.fromEntries(["a", "b", "c", "d", "e", "f"].map((name) => [name, name.repeat(250)]));
  const labelled = Array.from({ length: 2_000 }, (_, index) => ({
    name: `wide_${index % 10}`,
    labels: { index: String(index), ...padding },
  }));
  const read = ({ now }: { readonly now: number }) =>
    labelled.map((series, index) => ({ ...series, value: Math.sin(now / 1_000 + index) }));
  const wide = await stage.also({ sources: [read], authorize: () => true });
  await wide.clock.advanceAsync(3 * intervalMs);
  return wide;
}

export const leavingCases: readonly InputCase[] = [
  {
    row: "B46",
    input: "over HTTP, whichever route",
    run: async (stage) => {
      const { served, cast, told } = await serveWide(stage);
      for (const path of ["/metrics", "/query?since=60000", "/stream?since=60000"]) {
        const socket = connect(served.host.port, "127.0.0.1");
        socket.write(`GET /metricast${path} HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n`);
        await until(() => socket.bytesRead > 0, 20_000, path);
        socket.pause();
        socket.resetAndDestroy();
        await until(async () => (await served.host.connections()) === 0 && cast.health().clients.count === 0);
      }
      expect(told).toEqual([]);
    },
  },
  {
    row: "B46",
    input: "as blocks",
    run: async (stage) => {
      const { served, clock, cast, told } = await serveWide(stage);
      for (const leave of ["reset", "destroy"] as const) {
        const client = await served.open(ann);
        const view = await client.watch({ sinceMs: yearMs });
        await until(() => view.tick !== undefined);
        client.peer.pause();
        await clock.advanceAsync(3 * intervalMs);
        client.peer[leave]();
        await until(() => cast.health().clients.count === 0);
        await clock.advanceAsync(intervalMs);
      }
      expect(told).toEqual([]);
    },
  },
];
