import type { StoredBatch, StoredBlock, StorePeer } from "@metricast/core";
import { manualClock } from "@metricast/testkit";
import { describe, expect, test } from "vitest";
import { memoryStore } from "./index.js";

const clock = manualClock();
const inAnHour = clock.dateMs() + 3_600_000;

function peer(instance: string, onBatch: StorePeer["onBatch"] = () => {}): StorePeer {
  return { service: "test", instance, epoch: `epoch-${instance}`, onBatch, onStatus() {} };
}

function keyOf(instance: string) {
  return { channel: "metrics", instance, epoch: `epoch-${instance}` };
}

function batch(instance: string, tick: number): StoredBatch {
  return { type: "batch", ...keyOf(instance), tick, keyframe: false, bytes: Buffer.from(`${tick}`) };
}

/** A batch whose bytes must not be encoded. */
function unreadable(instance: string, tick: number): StoredBatch {
  return Object.defineProperty(batch(instance, tick), "bytes", {
    get() {
      throw new Error("encoded for nobody");
    },
  });
}

function block(instance: string, toTick: number, size = 4, expiresMs = inAnHour): StoredBlock {
  const range = { fromTick: toTick - 10, toTick, stepTicks: 1 };
  return { type: "block", ...keyOf(instance), ...range, expiresMs, bytes: new Uint8Array(size) };
}

async function ticks(store: ReturnType<typeof memoryStore>): Promise<number[]> {
  const found: number[] = [];
  for await (const item of store.read({ channel: "metrics", fromTick: 0, toTick: 1e9 })) {
    found.push(item.type === "batch" ? item.tick : item.toTick);
  }
  return found;
}

describe("an instance alone", () => {
  test("has nothing retained and nothing encoded", async () => {
    const store = memoryStore({ clock });
    await store.open(peer("a"));
    expect(store.isShared()).toBe(false);
    for (let tick = 1; tick < 500; tick += 1) store.append(unreadable("a", tick));
    store.seal(block("a", 100));
    expect(await ticks(store)).toEqual([]);
  });

  test("drops what it kept for another once that has left", async () => {
    const store = memoryStore({ clock });
    const [a, b] = [peer("a"), peer("b")];
    await store.open(a);
    await store.open(b);
    store.append(batch("a", 1));
    expect(await ticks(store)).toEqual([1]);
    await store.close(b);
    expect(store.isShared()).toBe(false);
    store.append(batch("a", 2));
    expect(await ticks(store)).toEqual([]);
  });
});

describe("instances that share it", () => {
  async function shared(options = {}) {
    const store = memoryStore({ clock, ...options });
    const got: StoredBatch[] = [];
    await store.open(peer("a"));
    await store.open(peer("b", (one) => got.push(one)));
    return { store, got };
  }

  test("get the very same batch, not a copy", async () => {
    const { store, got } = await shared();
    const one = unreadable("a", 1);
    store.append(one);
    await Promise.resolve();
    expect(got[0]).toBe(one);
  });

  test("have two segments of batches kept per writer and channel", async () => {
    const { store } = await shared();
    for (let tick = 1; tick <= 240; tick += 1) store.append(batch("a", tick));
    expect(await ticks(store)).toHaveLength(240);
    store.append(batch("a", 241));
    store.append(batch("b", 7));
    expect((await ticks(store)).sort((x, y) => x - y).slice(0, 2)).toEqual([2, 3]);
    expect(await ticks(store)).toHaveLength(241);
  });

  test("never get a tick again, however long ago it was trimmed", async () => {
    const { store, got } = await shared();
    for (let tick = 1; tick <= 500; tick += 1) store.append(batch("a", tick));
    store.append(batch("a", 1));
    await Promise.resolve();
    expect(got).toHaveLength(500);
  });

  test("have blocks kept up to the byte limit, the first sealed going first", async () => {
    const { store } = await shared({ maxBlockBytes: 100 });
    store.seal(block("a", 10, 50));
    store.seal(block("a", 20, 50));
    expect(await ticks(store)).toEqual([10, 20]);
    store.seal(block("a", 30, 1));
    expect(await ticks(store)).toEqual([20, 30]);
    store.seal(block("a", 40, 101));
    expect(await ticks(store)).toEqual([20, 30]);
  });

  test("have blocks kept until they expire, and not a millisecond longer", async () => {
    const { store } = await shared();
    store.seal(block("a", 10, 4, clock.dateMs() + 1_000));
    clock.advance(999);
    expect(await ticks(store)).toEqual([10]);
    clock.advance(1);
    expect(await ticks(store)).toEqual([]);
  });

  test("see in the status who threw", async () => {
    const { store } = await shared();
    await store.open(
      peer("bad", () => {
        throw new Error("a fault of the peer");
      }),
    );
    store.append(batch("a", 1));
    await Promise.resolve();
    expect(store.status()).toEqual({
      status: "ok",
      lagMs: 0,
      spoolBytes: 0,
      dropped: 0,
      lastError: "onBatch of bad threw: a fault of the peer",
    });
  });
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("maxBlockBytes may not be %d", (maxBlockBytes) => {
  expect(() => memoryStore({ maxBlockBytes })).toThrow("MC_OPTION_INVALID");
});
