// A process of many instances as Redis sees them: each has a store of its own, writes a batch at every tick, and reads what the
// others write, if it is to. What it reads is thrown away, so that a hundred of them fit into one process.
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { redisStore } from "@metricast/store-redis";
import { createMetricast, type Store, type StoredBatch, type StoredBlock, type StorePeer } from "metricast";
import { MovingGauges } from "../cluster/moving-gauges.js";

const {
  WRITERS = "1",
  REDIS_PORT = "6379",
  INTERVAL_MS = "1000",
  SERIES = "200",
  READS = "all",
} = process.env;

interface Writer {
  readonly instance: string;
  readonly epoch: string;
  readonly store: Store;
}

async function openWriter(at: number): Promise<Writer> {
  const [instance, epoch] = [`writer-${at}`, randomBytes(8).toString("hex")];
  const peer: StorePeer = {
    ...{ service: "cluster", instance, epoch },
    onBatch() {},
    onStatus() {},
    wants: () => READS === "all",
  };
  const store = redisStore({ port: Number(REDIS_PORT) });
  await store.open(peer);
  return { instance, epoch, store };
}

/** Whatever one instance stores, all writers do, each in its own name. */
function multiplying(writers: readonly Writer[]): Store {
  const take = (item: StoredBatch | StoredBlock) => {
    const { bytes } = item;
    for (const { instance, epoch, store } of writers) {
      if (item.type === "batch") store.append({ ...item, instance, epoch, bytes });
      else store.seal({ ...item, instance, epoch, bytes });
    }
  };
  return {
    name: "multiplying",
    reach: "cluster",
    open: async () => {},
    isShared: () => true,
    append: take,
    seal: take,
    async *read() {},
    status: () => ({ status: "ok", lagMs: 0, spoolBytes: 0, dropped: 0 }),
    members: () => [],
    close: async () => {},
  };
}

const writers: Writer[] = [];
for (let at = 0; at < Number(WRITERS); at += 1) writers.push(await openWriter(at));
const gauges = new MovingGauges(Number(SERIES));
const cast = createMetricast({
  service: "cluster",
  instance: "template",
  intervalMs: Number(INTERVAL_MS),
  store: multiplying(writers),
  sources: [() => gauges.read()],
  shed: false,
});
await cast.start();

const say = (answer: object) => console.log(JSON.stringify(answer));
createInterface({ input: process.stdin })
  .on("line", () => say({ degraded: writers.filter(({ store }) => store.status().status !== "ok").length }))
  .on("close", () => process.exit());
say({ up: true });
