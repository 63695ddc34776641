import type { StoredBatch, StoreStatus } from "@metricast/core";
import { afterEach, describe, expect, test } from "vitest";
import { batchOf, blockOf, type MakeStores, named, readAll, StoreStage } from "./store-stage.js";
import { until } from "./until.js";

export type { MakeStores, StorePair } from "./store-stage.js";

export interface StoreContractOptions {
  /** How long what one peer appends may take to reach another. Default 5,000. */
  readonly deliveryMs?: number;
  /** Now, as the store sees it, milliseconds since the Unix epoch. Default: the system's. */
  readonly nowMs?: () => number;
}

/** What core relies on in every store. Each test uses two writers, since a store need keep nothing for one alone. */
export function storeContract(name: string, make: MakeStores, options: StoreContractOptions = {}): void {
  describe(`store contract: ${name}`, () => {
    const stage = new StoreStage(make, options.deliveryMs ?? 5_000);
    const expiresMs = () => (options.nowMs ?? Date.now)() + 3_600_000;
    afterEach(() => stage.clear());
    delivery(stage);
    reading(stage, expiresMs);
    lifecycle(stage);
  });
}

function delivery(stage: StoreStage): void {
  test("each peer gets the other's batches, once, in order, with prev and bytes, and not its own", async () => {
    const [a, b] = await stage.open();
    for (let tick = 100; tick < 150; tick += 1) {
      a.store.append(batchOf(a, tick, tick === 100 ? undefined : tick - 1));
      b.store.append(batchOf(b, tick * 2, tick === 100 ? undefined : tick * 2 - 2));
    }
    await stage.got(a, 50);
    await stage.got(b, 50);
    expect(b.batches.map(plain)).toEqual(
      sequence(100, 150).map((tick) => plain(batchOf(a, tick, tick === 100 ? undefined : tick - 1))),
    );
    expect(a.batches.map((batch) => batch.tick)).toEqual(sequence(100, 150).map((tick) => tick * 2));
    expect(a.batches.every((batch) => batch.instance === "b")).toBe(true);
  });

  test("a batch appended twice counts once", async () => {
    const [a, b] = await stage.open();
    for (const tick of [1, 2, 2, 1, 3]) a.store.append(batchOf(a, tick));
    await stage.got(b, 3);
    expect(b.batches.map((batch) => batch.tick)).toEqual([1, 2, 3]);
    expect((await readAll(b, { fromTick: 0, toTick: 10 })).map(named)).toEqual(["a 1", "a 2", "a 3"]);
  });

  test("writers and channels do not hide each other's ticks", async () => {
    const [a, b] = await stage.open();
    a.store.append(batchOf(a, 5));
    a.store.append({ ...batchOf(a, 5), channel: "other" });
    b.store.append(batchOf(b, 5));
    await stage.got(b, 2);
    await stage.got(a, 1);
    expect(b.batches.map((batch) => batch.channel).sort()).toEqual(["metrics", "other"]);
  });

  test("a peer whose onBatch throws hurts neither the writer nor itself", async () => {
    const [a, b] = await stage.open(() => {
      throw new Error("a fault of the peer");
    });
    for (const tick of [1, 2, 3]) a.store.append(batchOf(a, tick));
    await stage.got(b, 3);
    b.store.append(batchOf(b, 9));
    await stage.got(a, 1);
  });

  test("a peer is never called inside append", async () => {
    let inside = false;
    const calls: boolean[] = [];
    const [a, b] = await stage.open(() => calls.push(inside));
    inside = true;
    a.store.append(batchOf(a, 1));
    inside = false;
    await stage.got(b, 1);
    expect(calls).toEqual([false]);
  });
}

function reading(stage: StoreStage, expiresMs: () => number): void {
  test("batches are read ascending, after fromTick and up to toTick", async () => {
    const [a, b] = await stage.open();
    for (let tick = 1; tick <= 10; tick += 1) a.store.append(batchOf(a, tick, tick - 1));
    b.store.append(batchOf(b, 7));
    await stage.got(b, 10);
    await stage.got(a, 1);
    const ticks = (await readAll(b, { fromTick: 3, toTick: 8 })).map(named);
    expect(ticks.filter((name) => name.startsWith("a"))).toEqual(["a 4", "a 5", "a 6", "a 7", "a 8"]);
    expect(ticks).toContain("b 7");
    expect(await readAll(b, { fromTick: 10, toTick: 20 })).toEqual([]);
    const alone = await readAll(b, { fromTick: 0, toTick: 20, instance: "b" });
    expect(alone.map(named)).toEqual(["b 7"]);
    expect(await readAll(b, { fromTick: 0, toTick: 20, channel: "unknown" })).toEqual([]);
  });

  test("what was sealed is read as blocks, and batches only past them", async () => {
    const [a, b] = await stage.open();
    for (let tick = 1; tick <= 10; tick += 1) a.store.append(batchOf(a, tick, tick - 1));
    await stage.got(b, 10);
    a.store.seal(blockOf(a, 4, 8, expiresMs()));
    a.store.seal(blockOf(a, 0, 4, expiresMs()));
    const all = () => readAll(b, { fromTick: 0, toTick: 100 });
    await until(async () => (await all()).map(named).join() === "a (0,4],a (4,8],a 9,a 10", stage.deliveryMs);
    const covered = await readAll(b, { fromTick: 6, toTick: 9, coveredBatches: true });
    expect(covered.map(named)).toEqual(["a (4,8]", "a 7", "a 8", "a 9"]);
    const overlapping = await readAll(b, { fromTick: 5, toTick: 9 });
    expect(overlapping.map(named)).toEqual(["a (4,8]", "a 9"]);
  });

  test("a block sealed twice keeps the first bytes; an expired one is not read", async () => {
    const [a, b] = await stage.open();
    a.store.seal(blockOf(a, 0, 4, expiresMs(), "first"));
    a.store.seal(blockOf(a, 0, 4, expiresMs(), "second"));
    a.store.seal(blockOf(a, 4, 8, expiresMs() - 7_200_000));
    const all = () => readAll(b, { fromTick: 0, toTick: 100 });
    await until(async () => (await all()).length > 0, stage.deliveryMs);
    const blocks = await all();
    expect(blocks.map(named)).toEqual(["a (0,4]"]);
    expect(Buffer.from(blocks[0]?.bytes ?? []).toString()).toBe("first");
  });

  test("blocks of several steps stand beside each other", async () => {
    const [a, b] = await stage.open();
    a.store.seal(blockOf(a, 0, 8, expiresMs()));
    a.store.seal({ ...blockOf(a, 0, 8, expiresMs(), "coarse"), stepTicks: 4 });
    const all = () => readAll(b, { fromTick: 0, toTick: 100 });
    await until(async () => (await all()).length === 2, stage.deliveryMs);
  });

  test("blocks of one step can be asked for, batches being of step 1", async () => {
    const [a, b] = await stage.open();
    a.store.append(batchOf(a, 9));
    await stage.got(b, 1);
    a.store.seal(blockOf(a, 0, 8, expiresMs()));
    a.store.seal({ ...blockOf(a, 0, 8, expiresMs(), "coarse"), stepTicks: 4 });
    const all = (stepTicks?: number) =>
      readAll(b, { fromTick: 0, toTick: 100, ...(stepTicks !== undefined && { stepTicks }) });
    await until(async () => (await all()).length === 3, stage.deliveryMs);
    expect((await all(1)).map(named)).toEqual(["a (0,8]", "a 9"]);
    expect((await all(4)).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(["coarse"]);
    expect(await all(2)).toEqual([]);
  });

  test("a reader may stop at any time", async () => {
    const [a, b] = await stage.open();
    for (let tick = 1; tick <= 10; tick += 1) a.store.append(batchOf(a, tick, tick - 1));
    await stage.got(b, 10);
    for await (const item of b.store.read({ channel: "metrics", fromTick: 0, toTick: 100 })) {
      expect(named(item)).toBe("a 1");
      break;
    }
    expect(await readAll(b, { fromTick: 0, toTick: 100 })).toHaveLength(10);
  });

  test("what a writer sealed outlives it", async () => {
    const [a, b] = await stage.open();
    a.store.seal(blockOf(a, 0, 4, expiresMs()));
    const all = () => readAll(b, { fromTick: 0, toTick: 100 });
    await until(async () => (await all()).length === 1, stage.deliveryMs);
    await a.store.close(a.peer);
    expect((await all()).map(named)).toEqual(["a (0,4]"]);
  });
}

function lifecycle(stage: StoreStage): void {
  test("the status has its shape and is ok", async () => {
    const [a] = await stage.open();
    const status: StoreStatus = a.store.status();
    expect(status.status).toBe("ok");
    for (const figure of [status.lagMs, status.spoolBytes, status.dropped]) {
      expect(figure).toBeGreaterThanOrEqual(0);
    }
    expect(a.store.name).toMatch(/^[a-z-]+$/);
  });

  test("a store that two peers opened is shared", async () => {
    const [a, b] = await stage.open();
    await until(() => a.store.isShared() && b.store.isShared(), stage.deliveryMs);
  });

  test("the members are those who have it open, with their clients and channels", async () => {
    const [a, b] = await stage.open();
    a.store.append(batchOf(a, 1));
    const seen = () =>
      b.store.members().map(({ instance, clients, channels }) => [instance, clients, [...channels]]);
    const expected = [
      ["a", 3, ["metrics"]],
      ["b", 3, []],
    ];
    await until(
      () => JSON.stringify(seen().sort()) === JSON.stringify(expected),
      stage.deliveryMs,
      () => JSON.stringify(seen()),
    );
    for (const member of b.store.members()) expect(member.ageMs).toBeGreaterThanOrEqual(0);
    await a.store.close(a.peer);
    await until(() => seen().length === 1, stage.deliveryMs);
    expect(b.store.members().map(({ epoch }) => epoch)).toEqual([b.peer.epoch]);
  });

  test("a peer that left is told nothing more, and the others go on", async () => {
    const [a, b] = await stage.open();
    a.store.append(batchOf(a, 1));
    await stage.got(b, 1);
    await b.store.close(b.peer);
    a.store.append(batchOf(a, 2));
    await new Promise(setImmediate);
    expect(b.batches).toHaveLength(1);
    expect(a.store.status().status).toBe("ok");
  });

  test("closing twice is closing once, and nothing throws afterwards", async () => {
    const [a, b] = await stage.open();
    for (const { store, peer } of [a, b]) {
      await store.close(peer);
      await store.close(peer);
      await store.close();
    }
    a.store.append(batchOf(a, 1));
    a.store.seal(blockOf(a, 0, 4, 8_000_000_000_000));
    expect(await readAll(a, { fromTick: 0, toTick: 10 })).toEqual([]);
    expect(a.store.status()).toBeDefined();
    expect(a.store.members()).toEqual([]);
  });
}

/** A batch as data, however the store represents it. */
function plain({ channel, instance, epoch, tick, prev, keyframe, bytes }: StoredBatch): object {
  return { channel, instance, epoch, tick, prev, keyframe, text: Buffer.from(bytes).toString() };
}

function sequence(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}
