import type { Clock } from "../contracts/clock.js";
import type { Batch } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import type { ChannelHistory } from "../history/channel-history.js";
import type { SeriesNames } from "../history/series-names.js";
import type { KnownEpochs } from "../known-epochs.js";

/** What the merge needs of the channel of this instance. */
interface OwnChannel {
  readonly name: string;
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly columns: Batch["columns"];
  readonly history: ChannelHistory;
  readonly headTick: number | undefined;
  readonly firstTick: number | undefined;
}

export interface MergeHooks {
  /** Values are about to move on. */
  readonly beforeClose: () => void;
  /** All instances have a new tick; without a batch it is the last again, made of other columns. */
  readonly afterClose: (channel: string, batch?: Batch) => void;
  /** Another instance, which somebody watches by its name, has a new tick. */
  readonly afterRead: (channel: string, instance: string) => void;
  /** What was told of (fromTick, toTick] has changed. */
  readonly onRevised: (channel: string, fromTick: number, toTick: number) => void;
  /** Histograms of one name have different bounds. */
  readonly onBounds: (channel: string) => void;
  /** A batch came that nothing leads up to. */
  readonly onBroken: (instance: string, stored: StoredBatch) => void;
  /** What another instance stored cannot be read. */
  readonly onFault: (instance: string, cause: unknown) => void;
}

export interface MergeParts {
  readonly own: OwnChannel;
  readonly instance: string;
  readonly names: SeriesNames;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly isDegraded: () => boolean;
  readonly newHistory: () => ChannelHistory;
  /** Restores what an instance kept before it was heard of; gives the newest tick of that. Never rejects. */
  readonly warm: (
    remote: { readonly name: string; readonly history: ChannelHistory; readonly epochs: KnownEpochs },
    throughTick: number,
  ) => Promise<number | undefined>;
  readonly hooks: MergeHooks;
}
