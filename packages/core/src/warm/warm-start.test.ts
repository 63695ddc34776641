import { manualClock, Viewer } from "@metricast/testkit";
import { describe, expect, it } from "vitest";
import type { Store, StoredBatch, StoredBlock, StorePeer, StoreQuery } from "../contracts/store.js";
import { createMetricast } from "../metricast.js";

/** A store that keeps everything in lists, as far as a restart can see. */
class ListStore implements Store {
  readonly name = "list";
  readonly reach = "cluster";
  batches: StoredBatch[] = [];
  blocks: StoredBlock[] = [];
  /** As it would be after a process was killed: what it sealed at the end is not there. */
  isDeaf = false;

  /** It cannot be read. */
  isAway = false;
  /** It says that it is there before it is open. */
  isEager = false;
  /** What its answers wait for. */
  #answers: Promise<void> = Promise.resolve();
  peer: StorePeer | undefined;

  /** It does not answer until the function that this gives is called. */
  holdAnswers(): () => void {
    let answer = () => {};
    this.#answers = new Promise((resolve) => {
      answer = resolve;
    });
    return () => answer();
  }

  open(peer: StorePeer): Promise<void> {
    this.peer = peer;
    if (this.isEager) peer.onStatus(this.status());
    return Promise.resolve();
  }
  isShared = () => true;
  append(batch: StoredBatch): void {
    if (!this.isDeaf) this.batches.push(batch);
  }
  seal(block: StoredBlock): void {
    const { bytes } = block;
    const isKnown = this.blocks.some(
      (one) =>
        one.fromTick === block.fromTick &&
        one.stepTicks === block.stepTicks &&
        one.epoch === block.epoch &&
        one.channel === block.channel,
    );
    if (!this.isDeaf && !isKnown) this.blocks.push({ ...block, bytes });
  }
  async *read({ channel, fromTick, toTick, stepTicks, coveredBatches = false }: StoreQuery) {
    await this.#answers;
    if (this.isAway) throw new Error("away");
    const blocks = this.blocks.filter(
      (block) => block.channel === channel && block.toTick > fromTick && block.fromTick < toTick,
    );
    yield* blocks.filter((block) => block.stepTicks === (stepTicks ?? block.stepTicks));
    for (const batch of this.batches) {
      if (batch.channel !== channel || batch.tick <= fromTick || batch.tick > toTick) continue;
      const isCovered = this.blocks.some(
        ({ epoch, channel: other, stepTicks: step, toTick: end }) =>
          epoch === batch.epoch && other === channel && step === 1 && end >= batch.tick,
      );
      if (coveredBatches || !isCovered) yield batch;
    }
  }
  status = () => ({ status: "ok" as const, lagMs: 0, spoolBytes: 0, dropped: 0 });
  members = () => [];
  close = () => Promise.resolve();
}

async function lived(
  store: ListStore,
  clock: ReturnType<typeof manualClock>,
  seconds: number,
  killed = false,
) {
  const cast = createMetricast({
    store,
    clock,
    intervalMs: 1_000,
    instance: "web",
    sources: [],
    public: true,
  });
  const requests = cast.counter("requests");
  const temperature = cast.gauge("temperature");
  await cast.start();
  for (let second = 0; second < seconds; second += 1) {
    requests.inc(2);
    temperature.set(second);
    await clock.advanceAsync(1_000);
  }
  const query = () => cast.query({ from: 0, to: clock.dateMs(), points: 2_000 });
  if (killed) store.isDeaf = true;
  return {
    cast,
    query,
    close: async () => {
      await cast.close();
      store.isDeaf = false;
    },
  };
}

/** Closes it while time goes on. */
async function closed(cast: { close(): Promise<void> }, clock: ReturnType<typeof manualClock>) {
  const closing = cast.close();
  await clock.advanceAsync(1_000);
  await closing;
}

/** What an instance that lived for a while has left: its store, and a viewer that comes back. */
async function left() {
  const clock = manualClock(1_000_000);
  const store = new ListStore();
  const viewer = new Viewer();
  const first = await lived(store, clock, 10);
  await viewer.connect(first.cast);
  await clock.advanceAsync(0);
  viewer.read();
  viewer.drop();
  await closed(first, clock);
  return { clock, store, viewer };
}

describe("a restarted instance", () => {
  it.each([
    ["closed", false],
    ["killed", true],
  ])("has every point of the one before, which was %s", async (_, killed) => {
    const clock = manualClock();
    const store = new ListStore();
    const first = await lived(store, clock, 300, killed);
    const before = first.query();
    await first.close();
    const blocks = store.blocks.length;
    clock.advance(5_000);
    const second = await lived(store, clock, 60);
    const after = second.query();
    for (const { info, count, columns } of before.series.filter(
      ({ info }) => info.name === "requests" || info.name === "temperature",
    )) {
      const same = after.series.find((one) => one.info.name === info.name);
      expect(same).toBeDefined();
      const shift = (before.fromTick - after.fromTick) / after.stepTicks;
      expect([...(same?.count ?? [])].slice(shift, shift + count.length - 1)).toEqual(
        [...count].slice(0, -1),
      );
      expect([...(same?.columns[0]?.last ?? [])].slice(shift, shift + count.length - 1)).toEqual(
        [...(columns[0]?.last ?? [])].slice(0, -1),
      );
    }
    const requests = after.series.find(({ info }) => info.name === "requests")?.columns[0];
    const increases =
      requests && "increase" in requests ? [...requests.increase].filter(Number.isFinite) : [];
    const grown = increases.reduce((sum, one) => sum + one, 0);
    expect(grown).toBeGreaterThanOrEqual(2 * 355);
    expect(grown).toBeLessThanOrEqual(2 * 362);
    // What a killed process left in its stream is sealed in its name.
    if (killed) expect(store.blocks.length).toBeGreaterThan(blocks);
    await second.close();
  });

  it.each([
    ["goes on with a client of the one before", { outcome: "backfilled", ranges: [1_010, 1_025, 1] }],
    ["has a client begin anew where nothing is kept", { outcome: "reset", reason: "epoch_changed" }],
  ])("%s", async (_, resume) => {
    const { clock, store, viewer } = await left();
    if (resume.outcome === "reset") store.blocks = store.batches = [];
    clock.advance(4_000);
    const second = await lived(store, clock, 10);
    await viewer.connect(second.cast);
    await clock.advanceAsync(0);
    viewer.read();
    expect(viewer.of("subscribed").at(-1)?.items[0]?.resume).toEqual(resume);
    expect(viewer.allFaults).toEqual([]);
    viewer.drop();
    await closed(second, clock);
  });

  it("has a client of the one before wait while what was kept still comes", async () => {
    const { clock, store, viewer } = await left();
    const answer = store.holdAnswers();
    const options = { store, clock, intervalMs: 1_000, instance: "web", sources: [], public: true };
    const cast = createMetricast(options);
    cast.counter("requests").inc();
    cast.gauge("temperature").set(1);
    const starting = cast.start();
    await clock.advanceAsync(3_000);
    await starting;
    await viewer.connect(cast);
    await clock.advanceAsync(2_000);
    viewer.read();
    expect(viewer.of("subscribed")).toHaveLength(1);
    answer();
    await clock.advanceAsync(1_000);
    viewer.read();
    expect(viewer.of("subscribed").at(-1)?.items[0]?.resume?.outcome).toBe("backfilled");
    expect(viewer.allFaults).toEqual([]);
    viewer.drop();
    await closed(cast, clock);
  });

  it("takes no part of what cannot be read, and of the rest all", async () => {
    const clock = manualClock();
    const store = new ListStore();
    await (await lived(store, clock, 400)).close();
    const broken = store.blocks.findIndex(
      ({ channel, stepTicks }) => channel === "metrics" && stepTicks === 1,
    );
    store.blocks = store.blocks.map((block, at) =>
      at === broken ? { ...block, bytes: new Uint8Array(9) } : block,
    );
    const next = await lived(store, clock, 5);
    const temperature = next.query().series.find(({ info }) => info.name === "temperature");
    expect(temperature?.count.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(280);
    await next.close();
  });

  it("has not started before it is there, also where the store says first that it answers", async () => {
    const clock = manualClock();
    const store = new ListStore();
    await (await lived(store, clock, 130)).close();
    store.isEager = true;
    const answer = store.holdAnswers();
    const cast = createMetricast({ store, clock, intervalMs: 1_000, instance: "web", sources: [] });
    let isStarted = false;
    const starting = cast.start().then(() => {
      isStarted = true;
    });
    await clock.advanceAsync(1_000);
    expect(isStarted).toBe(false);
    answer();
    await starting;
    const { series } = cast.query({ from: 0, to: clock.dateMs(), points: 2_000 });
    expect(series.map(({ info }) => info.name)).toContain("temperature");
    await cast.close();
  });

  it("restores it later where the store was away", async () => {
    const clock = manualClock();
    const store = new ListStore();
    await (await lived(store, clock, 130)).close();
    store.isAway = true;
    const next = await lived(store, clock, 10);
    const samples = () =>
      next
        .query()
        .series.find(({ info }) => info.name === "temperature")
        ?.count.reduce((sum, one) => sum + one, 0);
    expect(samples()).toBeLessThan(12);
    store.isAway = false;
    store.peer?.onStatus(store.status());
    await clock.advanceAsync(1_000);
    expect(samples()).toBeGreaterThan(138);
    await next.close();
  });
});
