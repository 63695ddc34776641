import type { SubscribeItem } from "@metricast/protocol";
import { manualClock, ServedCast, tickAlong, until, WireView } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CastOptions, metricast } from "../index.js";

const intervalMs = 1_000;
const secret = "a secret of more than 16 characters";

/** Every value follows from its tick, so that whatever a client is told of the past can be checked. */
const wave = (tick: number) => Math.round(1_000 * Math.sin(tick / 7)) / 8;
const total = (tick: number) => 3 * tick;
const extra = Array.from({ length: 40 }, (_, index) => `extra_${index}`);

async function serve(options: CastOptions = {}, startMs?: number) {
  const clock = manualClock(startMs);
  const read = ({ now }: { readonly now: number }) => {
    const tick = now / intervalMs;
    return [
      { name: "wave", value: wave(tick) },
      { name: "total", value: total(tick), kind: "counter" as const },
      ...extra.map((name, index) => ({ name, value: wave(tick + index) })),
    ];
  };
  const sources = [{ name: "known", read }];
  const cast = metricast({ clock, intervalMs, secret, defaultSources: false, sources, ...options });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  const run = async (ticks: number) => {
    for (let second = 0; second < ticks; second += 60) {
      await clock.advanceAsync(Math.min(60, ticks - second) * intervalMs);
    }
  };
  await clock.advanceAsync(0);
  return { clock, served, cast, run };
}

/** Blocks must join without gap or overlap, newest first, and each point must be what its ticks add up to. */
function expectHistory(view: WireView, range: { from: number; to: number }): void {
  let { to } = range;
  for (const block of view.blocks) {
    expect(block.toTick).toBe(to);
    to = block.fromTick;
    const gauge = block.series.find(({ info }) => info.name === "wave");
    const counter = block.series.find(({ info }) => info.name === "total");
    const [column] = gauge?.columns ?? [];
    for (let point = 0; point * block.stepTicks < block.toTick - block.fromTick; point += 1) {
      const first = block.fromTick + point * block.stepTicks + 1;
      const last = Math.min(first + block.stepTicks - 1, block.toTick);
      const values = Array.from({ length: last - first + 1 }, (_, k) => wave(first + k));
      expect(gauge?.count[point]).toBe(values.length);
      expect(column?.last[point]).toBe(values.at(-1));
      if (column !== undefined && "min" in column) {
        expect([column.min[point], column.max[point]]).toEqual([Math.min(...values), Math.max(...values)]);
      }
      expect(counter?.columns[0]?.last[point]).toBe(total(last));
    }
  }
  expect(to).toBe(range.from);
}

describe("a subscription that asks for 15 minutes in 300 points", () => {
  test("gets a keyframe and live frames at once, and blocks of the past newest first, in one cut", async () => {
    const { clock, served, run } = await serve();
    await run(1_000);
    const client = await served.connect();
    const view = await client.watch({ sinceMs: 900_000, points: 300 });
    const { history } = view.subscribed;
    const head = clock.dateMs() / intervalMs;
    expect(history).toMatchObject({ to: head });
    if (history === undefined) return;
    expect((history.to - history.from) / history.step).toBeLessThanOrEqual(300);
    expect(history.from).toBeLessThanOrEqual(head - 900);
    // Live does not wait for the past.
    await tickAlong(clock, intervalMs, [view], 3);
    await until(() => view.blocks.at(-1)?.fromTick === history.from);
    const order = client.received.filter(({ type }) => type === "frame" || type === "block");
    expect(order[0]).toMatchObject({ type: "frame", tick: head, generation: expect.any(Number) });
    expect(view.blocks.length).toBeGreaterThan(3);
    expectHistory(view, history);
    expect(view.frames.map(({ tick }) => tick)).toEqual([head, head + 1, head + 2, head + 3]);
    expect(view.frames.map(({ prev }) => prev)).toEqual([undefined, head, head + 1, head + 2]);
    expect([view.value("wave"), view.faults]).toEqual([wave(head + 3), []]);
  });

  test("gets only what there is when the process is younger", async () => {
    const { clock, served, run } = await serve();
    await run(100);
    const view = await (await served.connect()).watch({ select: ["wave", "total"], sinceMs: 900_000 });
    const head = clock.dateMs() / intervalMs;
    await until(() => view.blocks.length === 1);
    expectHistory(view, { from: head - 101, to: head });
  });
});

/** Watches, is cut off, stays away for some ticks, and comes back with the position it had. */
async function comeBack(away: number, options: CastOptions = {}, item: Partial<SubscribeItem> = {}) {
  const { clock, served, run } = await serve(options);
  await run(5);
  const client = await served.connect();
  const before = await client.watch({ select: ["wave", "total"] });
  await tickAlong(clock, intervalMs, [before], 3);
  client.peer.reset();
  await run(away);
  const head = clock.dateMs() / intervalMs;
  const again = await served.connect();
  const { position } = before;
  const after = await again.watch({ select: ["wave", "total"], position, ...item });
  await tickAlong(clock, intervalMs, [after], 2);
  return { before, after, head, left: before.tick ?? 0, resume: after.subscribed.resume };
}

describe("a client that comes back with its position", () => {
  test("misses nothing while history reaches: every tick comes, at full resolution", async () => {
    const { after, head, left, resume } = await comeBack(300);
    expect(resume).toEqual({ outcome: "complete" });
    await until(() => after.blocks.at(-1)?.fromTick === left);
    expect(after.blocks.every(({ stepTicks }) => stepTicks === 1)).toBe(true);
    expectHistory(after, { from: left, to: head });
    expect(after.frames.map(({ tick }) => tick)).toEqual([head, head + 1, head + 2]);
    expect(after.faults).toEqual([]);
  });

  test("that was away for no tick gets no block", async () => {
    const { after, resume } = await comeBack(0);
    expect(resume).toEqual({ outcome: "complete" });
    expect(after.blocks).toEqual([]);
  });

  test("after a long absence is told which ranges come back coarser", async () => {
    const { after, head, left, resume } = await comeBack(3_000);
    expect(resume).toMatchObject({ outcome: "backfilled" });
    const [from = 0, to, step = 0] = resume?.ranges ?? [];
    expect([to, step > 1, from <= left, from > left - step]).toEqual([head, true, true, true]);
    await until(() => after.blocks.at(-1)?.fromTick === from);
    expectHistory(after, { from, to: head });
  });

  test("is told that history no longer reaches, and gets the past that it asks for", async () => {
    const { after, head, resume } = await comeBack(
      9_000,
      { retentionMs: 120_000 },
      { sinceMs: 60_000, points: 60 },
    );
    expect(resume).toEqual({ outcome: "reset", reason: "expired" });
    await until(() => after.blocks.length > 0);
    expect(after.blocks[0]?.toTick).toBe(head);
  });

  test.each<[string, (position: string) => string, string]>([
    ["that was never given out", () => "somewhere", "unknown_position"],
    ["that lies in the future", (position) => position.replace(/[^.]*$/, "999999999999"), "ahead"],
    [
      "of another writer",
      (position) => position.replace(/[0-9a-f]{16}/, "0123456789abcdef"),
      "epoch_changed",
    ],
  ])("is told of a position %s", async (_, bend, reason) => {
    const { served, run } = await serve();
    await run(5);
    const client = await served.connect();
    const view = await client.watch();
    const again = await (await served.connect()).watch({ position: bend(view.position) });
    expect(again.subscribed.resume).toEqual({ outcome: "reset", reason });
    await until(() => again.frames.length === 1);
    expect(again.frames[0]?.prev).toBeUndefined();
  });

  test("after a restart of the service is told of the new beginning, in hello itself", async () => {
    const first = await serve();
    await first.run(5);
    const before = await (await first.served.connect()).watch();
    await first.served.close();
    const second = await serve({}, first.clock.dateMs() + 5_000);
    const client = await second.served.open();
    const { position } = before;
    const hello = { type: "hello", id: 1, version: 1, token: first.cast.startToken } as const;
    client.send({ ...hello, resume: [{ channel: "metrics", position }] });
    await until(() => client.of("subscribed").length === 1);
    const [view = new WireView(before.subscribed)] = client.views.values();
    expect(view.subscribed.resume).toEqual({ outcome: "reset", reason: "epoch_changed" });
    await until(() => view.frames.length === 1);
  });
});
