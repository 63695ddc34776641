import type { SeriesInfo } from "@metricast/protocol";
import type { StoredBatch, WriterKey } from "../../contracts/store.js";
import { Replication } from "../../replication.js";
import { type FakeChannel, fakeChannel } from "../../sessions/testing/fake-channel.js";
import type { Cell } from "../../views/testing/column-feed.js";
import { ViewRegistry } from "../../views/view-registry.js";

/** A writer as another process is: its ticks become the batches that it stores. */
export class StoredWriter {
  readonly writer: WriterKey;
  readonly fake: FakeChannel;
  readonly batches: StoredBatch[] = [];
  readonly #replication: Replication;

  constructor(instance: string, infos: readonly SeriesInfo[], epoch = `epoch-${instance}`) {
    this.writer = { channel: "metrics", instance, epoch };
    this.fake = fakeChannel();
    for (const info of infos) this.fake.columns.add(info);
    const logBounds = { maxFrames: 120, maxBytes: 1e6 };
    const views = new ViewRegistry({ epoch, maxViews: 10, lingerMs: 0, logBounds });
    const { channel } = this.fake;
    this.#replication = new Replication({
      store: {
        name: "list",
        reach: "process",
        open: () => Promise.resolve(),
        isShared: () => true,
        append: (batch) => void this.batches.push(batch),
        seal: () => {},
        async *read() {},
        status: () => ({ status: "ok", lagMs: 0, spoolBytes: 0, dropped: 0 }),
        members: () => [],
        close: () => Promise.resolve(),
      },
      channel,
      writer: this.writer,
      openWhole: () =>
        views.openMetrics(channel, {
          scope: {},
          patterns: undefined,
          stepTicks: 1,
          merge: "instance",
          codec: "binary",
        }),
    });
  }

  /** The stored batch of a tick; cells by series index, what is not named stays. */
  tick(at: number, cells?: readonly (Cell | undefined)[]): StoredBatch {
    const batch = this.fake.columns.batch(at, cells);
    this.fake.channel.deliver(batch);
    this.#replication.append(batch);
    const stored = this.batches.at(-1);
    if (stored === undefined) throw new Error("nothing was stored");
    return stored;
  }
}
