import { Socket } from "node:net";
import { createMetricast } from "@metricast/core";
import { HttpHost, type ManualClock, manualClock, openPeer, until, type WsPeer } from "@metricast/testkit";
import { afterEach, expect, test, vi } from "vitest";
import { attachWs } from "./index.js";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A service whose values change with every tick, and clients that watch these selections of it. */
async function served(clients: number, selects: readonly string[]) {
  const clock = manualClock();
  let round = 0;
  const source = () => {
    round += 1;
    return { a: round, b: -round, c: round * 2 };
  };
  const cast = createMetricast({ clock, public: true, intervalMs: 1_000, sources: [source] });
  const host = await HttpHost.start();
  cleanups.push(() => host.close());
  attachWs(host.server, cast.acceptor, { path: "/metricast" });
  await cast.start();
  cleanups.push(() => cast.close());
  await clock.advanceAsync(1_000);
  const items = selects.map((select) => ({ channel: "metrics", select: [select] }));
  const peers = await Promise.all(Array.from({ length: clients }, () => openPeer(host.ws("/metricast"))));
  cleanups.push(() => {
    for (const peer of peers) peer.destroy();
  });
  for (const peer of peers) peer.send(JSON.stringify({ type: "subscribe", id: 1, items }));
  const joined = (peer: WsPeer) => peer.messages.length === 2 + selects.length;
  await until(() => peers.every(joined), 5_000, "everybody has a keyframe of each view");
  return { clock, peers };
}

/** What was written to any socket while a tick passed, in order. */
async function writesOf(clock: ManualClock, peers: readonly WsPeer[], views: number): Promise<Buffer[]> {
  const before = peers.map(({ messages }) => messages.length);
  const write = vi.spyOn(Socket.prototype, "write");
  await clock.advanceAsync(1_000);
  const writes = write.mock.calls.map(([chunk]) => chunk);
  write.mockRestore();
  await until(() => peers.every(({ messages }, k) => messages.length === (before[k] ?? 0) + views));
  return writes.filter((chunk): chunk is Buffer => Buffer.isBuffer(chunk));
}

test("a tick is one write of the very same buffer to every socket", async () => {
  const { clock, peers } = await served(8, ["*"]);
  for (let tick = 0; tick < 3; tick += 1) {
    const writes = await writesOf(clock, peers, 1);
    expect(writes).toHaveLength(8);
    expect(new Set(writes).size).toBe(1);
  }
});

test("of several views, too: one write with all of them, for all who watch the same", async () => {
  const { clock, peers } = await served(8, ["a", "b", "c"]);
  for (let tick = 0; tick < 3; tick += 1) {
    const writes = await writesOf(clock, peers, 3);
    expect(writes).toHaveLength(8);
    expect(new Set(writes).size).toBe(1);
  }
});

test("for one who watches alone nothing is put together: the frames go out as they are, in one corked write", async () => {
  const { clock, peers } = await served(1, ["a", "b"]);
  const uncork = vi.spyOn(Socket.prototype, "uncork");
  const writes = await writesOf(clock, peers, 2);
  expect(writes).toHaveLength(2);
  expect(uncork).toHaveBeenCalledTimes(1);
  uncork.mockRestore();
});

test("a due ping goes out in the same write, and is answered", async () => {
  const { clock, peers } = await served(4, ["*"]);
  for (let tick = 0; tick < 8; tick += 1) await writesOf(clock, peers, 1);
  expect(peers.map(({ pings }) => pings.length)).toEqual([0, 0, 0, 0]);
  const writes = await writesOf(clock, peers, 1);
  expect(writes).toHaveLength(4);
  expect(new Set(writes).size).toBe(1);
  await until(() => peers.every(({ pings }) => pings.length === 1));
  expect(new Set(peers.map(({ pings }) => pings[0]?.toString())).size).toBe(1);
});
