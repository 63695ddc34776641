import type { Socket } from "node:net";
import type { Block } from "@metricast/protocol";
import { manualClock, ServedCast, tickAlong, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, metricast } from "../index.js";

const intervalMs = 100;
/** So long that the 30 s after which a silent peer is dead do not pass. */
const stalledTicks = 250;
const width = 100;
const names = Array.from({ length: width }, (_, index) => `series_${index}`);
/** Many digits, and another number at each tick: about 2 KB a frame. */
const valueAt = (tick: number, index: number) => Math.sin(tick * 100 + index) * 1e6;
const spike = 1e9;

/** Two clients watch; one stops reading. `outside`: bytes that the server has let go and the client has not read. */
async function serve(options: CastOptions = {}) {
  const clock = manualClock();
  let spikeTick = 0;
  const read = ({ now }: { readonly now: number }) => {
    const tick = now / intervalMs;
    const samples = names.map((name, index) => [name, valueAt(tick, index)] as const);
    return Object.fromEntries([...samples, ["spiky", tick === spikeTick ? spike : tick % 7]]);
  };
  const sources = [{ name: "digits", read }];
  const cast = metricast({ clock, intervalMs, public: true, defaultSources: false, sources, ...options });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  const sockets: Socket[] = [];
  served.host.server.on("connection", (socket: Socket) => sockets.push(socket));
  const stalled = await served.open();
  const [socket] = sockets;
  const view = await stalled.watch();
  const healthy = await (await served.open()).watch();
  await tickAlong(clock, intervalMs, [view, healthy], 5);
  return {
    clock,
    cast,
    stalled,
    view,
    healthy,
    outside: () => (socket?.bytesWritten ?? 0) - stalled.peer.bytesTaken,
    heldByServer: () => socket?.writableLength ?? 0,
    spikeIn: (ticks: number) => {
      spikeTick = clock.dateMs() / intervalMs + ticks;
    },
  };
}

describe("a reader that stops reading", () => {
  test("has never more than 64 KB in flight, though the kernel would take far more", async () => {
    const bounded = await serve();
    bounded.stalled.peer.pause();
    let most = 0;
    for (let tick = 0; tick < stalledTicks; tick += 1) {
      await tickAlong(bounded.clock, intervalMs, [bounded.healthy]);
      most = Math.max(most, bounded.outside());
    }
    expect(most).toBeGreaterThan(16_384);
    expect(most).toBeLessThanOrEqual(65_536);

    // The same without the bound: everything is gone from the process, and nothing has arrived.
    const unbounded = await serve({ maxInFlightBytes: 16 * 1_024 * 1_024 });
    unbounded.stalled.peer.pause();
    await tickAlong(unbounded.clock, intervalMs, [unbounded.healthy], stalledTicks);
    expect(unbounded.outside()).toBeGreaterThan(6 * 65_536);
    expect(unbounded.heldByServer()).toBe(0);
  });

  test("gets one block for what it missed, with the right extremes, is told so, and is live again", async () => {
    const { clock, stalled, view, healthy, spikeIn } = await serve();
    stalled.peer.pause();
    spikeIn(stalledTicks - 20);
    await tickAlong(clock, intervalMs, [healthy], stalledTicks);
    const head = clock.dateMs() / intervalMs;
    const framesBefore = view.frames.length;
    stalled.peer.resume();
    await until(() => view.tick === head && view.qualities.at(-1)?.state === "live");

    // What was in flight still comes one by one, then the state of now, then what lies between as one block.
    const keyframes = view.frames.slice(framesBefore).filter(({ prev }) => prev === undefined);
    expect(keyframes.map(({ tick }) => tick)).toEqual([head]);
    const lastLive = view.frames.at(-2)?.tick ?? 0;
    expect(head - lastLive).toBeGreaterThan(stalledTicks / 2);
    expect(view.blocks).toHaveLength(1);
    const [block] = view.blocks;
    if (block === undefined) return;
    expect(block.toTick).toBe(head);
    expect(block.fromTick).toBeLessThanOrEqual(lastLive);
    expect(block.fromTick).toBeGreaterThan(lastLive - block.stepTicks);
    expect((block.toTick - block.fromTick) / block.stepTicks).toBeLessThanOrEqual(60);
    expect(view.qualities).toMatchObject([
      { state: "coarse", reason: "slow_reader", from: block.fromTick, to: head, step: block.stepTicks },
      { state: "live" },
    ]);
    expectExtremes(block);
    const spiky = block.series.find(({ info }) => info.name === "spiky")?.columns[0];
    expect(spiky !== undefined && "max" in spiky && Math.max(...spiky.max)).toBe(spike);

    await tickAlong(clock, intervalMs, [view, healthy], 3);
    expect(view.frames.slice(-3).map(({ prev }) => prev)).toEqual([head, head + 1, head + 2]);
    expect([view.faults, view.blocks.length]).toEqual([[], 1]);
  });

  test("costs nobody else a tick", async () => {
    const { clock, cast, stalled, healthy } = await serve();
    stalled.peer.pause();
    const first = healthy.frames.length;
    await tickAlong(clock, intervalMs, [healthy], stalledTicks);
    const frames = healthy.frames.slice(first);
    expect(frames).toHaveLength(stalledTicks);
    expect(frames.every(({ prev, tick }) => prev === tick - 1)).toBe(true);
    expect([healthy.faults, healthy.qualities, healthy.blocks]).toEqual([[], [], []]);
    expect(healthy.value("series_7")).toBe(valueAt(healthy.tick ?? 0, 7));
    expect(cast.health().clients.count).toBe(2);
  });

  test("that goes on talking gets last values only after 30 s without progress, and 4002 after 60 s", async () => {
    const { clock, stalled, view, healthy, cast } = await serve();
    stalled.peer.pause();
    const talk = async (seconds: number) => {
      for (let second = 0; second < seconds; second += 5) {
        stalled.send({ type: "ping", id: second });
        await tickAlong(clock, intervalMs, [healthy], 50);
      }
    };
    await talk(45);
    expect(cast.health().clients.count).toBe(2);
    await talk(25);
    stalled.peer.resume();
    expect(await stalled.closed()).toBe(4002);
    expect(view.qualities).toMatchObject([{ state: "last_values", reason: "slow_reader" }]);
    expect(view.blocks).toEqual([]);
  });
});

function expectExtremes(block: Block): void {
  for (const { info, columns, count } of block.series) {
    const index = names.indexOf(info.name);
    const [column] = columns;
    if (index < 0 || column === undefined || !("min" in column)) continue;
    for (const [point, samples] of count.entries()) {
      const from = block.fromTick + point * block.stepTicks + 1;
      const to = Math.min(from + block.stepTicks - 1, block.toTick);
      const values = Array.from({ length: to - from + 1 }, (_, k) => valueAt(from + k, index));
      expect(samples).toBe(values.length);
      expect([column.min[point], column.max[point]]).toEqual([Math.min(...values), Math.max(...values)]);
      expect(column.last[point]).toBe(values.at(-1));
    }
  }
}
