import type { TickRange } from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import type { ChannelHistory } from "../history/channel-history.js";
import type { SeriesNames } from "../history/series-names.js";
import { KnownEpochs } from "../known-epochs.js";
import { TokenSet } from "../views/token-set.js";
import { type WriterBatch, WriterColumns } from "./writer-columns.js";

/** Batches that wait to be read; beyond that the oldest are read before their turn. */
const maxWaiting = 240;
const maxLosses = 64;

export interface RemoteWriterParts {
  readonly name: string;
  readonly names: SeriesNames;
  readonly history: ChannelHistory;
  /** What is made of its columns has to be made before they move on. */
  readonly beforeRead?: () => void;
  readonly onFault: (cause: unknown) => void;
}

/** Another instance: its batches, in order, each read when its tick is closed, and what is kept of it. */
export class RemoteWriter {
  readonly name: string;
  readonly history: ChannelHistory;
  /** Whether it counts at present. */
  isLive = true;
  /** Whether the store was asked for what it kept before it was heard of. */
  isWarm = false;
  /** What views of it by name are made of. */
  readonly tokens: TokenSet;
  /** Of whom its history is. */
  readonly epochs = new KnownEpochs();
  readonly #parts: RemoteWriterParts;
  readonly #columns: WriterColumns;
  #waiting: StoredBatch[] = [];
  /** The end of the chain: of what was read, and of what waits. */
  #end: { readonly epoch: string; readonly tick: number } | undefined;
  /** Ranges whose batches never came, or could not be read. */
  #losses: TickRange[] = [];
  /** What came since the chain was broken. */
  #unread: StoredBatch[] = [];

  constructor(parts: RemoteWriterParts) {
    const { name, names, history } = parts;
    this.name = name;
    this.history = history;
    this.#parts = parts;
    this.#columns = new WriterColumns(names);
    this.tokens = new TokenSet(this.columns, (stepTicks) => (series, fromTick, toTick) => {
      return history.query({ series, fromTick, toTick, stepTicks }).series;
    });
  }

  get columns(): WriterColumns["columns"] {
    return this.#columns.columns;
  }

  get bytes(): number {
    return this.#columns.bytes + this.tokens.bytes;
  }

  /** Whether batches of it wait for their ticks. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Of the process whose tick is the newest here. */
  get epoch(): string | undefined {
    return this.#columns.epoch;
  }

  seriesOf(key: string): Series | undefined {
    return this.#columns.seriesOf(key);
  }

  /** Takes a batch in; false where nothing leads up to it: it is lost, and all that follows until the next keyframe. */
  take(stored: StoredBatch, onRead: (batch: WriterBatch) => void): boolean {
    const { epoch, tick, prev, keyframe } = stored;
    const end = this.#end;
    this.epochs.hear(epoch);
    if (!keyframe && (end?.epoch !== epoch || end.tick !== prev)) {
      this.lose(end?.tick ?? tick - 1, tick);
      this.#unread = [...this.#unread.slice(1 - maxWaiting), stored];
      return false;
    }
    this.#unread = [];
    // What lies between two keyframes of one process that do not meet, it has sampled.
    if (end?.epoch === epoch && prev !== undefined && prev > end.tick) this.lose(end.tick, prev);
    this.#end = { epoch, tick };
    this.#waiting.push(stored);
    if (this.#waiting.length > maxWaiting) this.#readNext(onRead);
    return true;
  }

  /**
   * Takes in what the store has of a process whose chain was broken, from where it ended or the newest keyframe on, and what
   * came meanwhile; gives the newest tick of it, undefined where that does not meet.
   */
  mend(stored: readonly StoredBatch[], onRead: (batch: WriterBatch) => void): number | undefined {
    const unread = this.#unread;
    const first = stored.findLast(({ keyframe }) => keyframe);
    // Another keyframe may have come by itself.
    if (first === undefined || first.epoch !== unread.at(-1)?.epoch) return undefined;
    // What was taken in already would take values back, and leave them there where the rest does not meet.
    const takenTo = this.#end?.epoch === first.epoch ? this.#end.tick : Number.NEGATIVE_INFINITY;
    const byTick = new Map([...stored, ...unread].map((batch) => [batch.tick, batch]));
    const chain = [...byTick.values()].filter(
      ({ epoch, tick }) => epoch === first.epoch && tick >= first.tick && tick > takenTo,
    );
    chain.sort((a, b) => a.tick - b.tick);
    for (const batch of chain) if (!this.take(batch, onRead)) return undefined;
    const toTick = chain.at(-1)?.tick ?? first.tick;
    this.#losses = this.#losses.flatMap((loss) => {
      if (loss.toTick > toTick) return [loss];
      const cut = { ...loss, toTick: Math.min(loss.toTick, first.tick - 1) };
      return cut.fromTick < cut.toTick ? [cut] : [];
    });
    return toTick;
  }

  /** Reads what waits up to a tick. */
  readTo(tick: number, onRead: (batch: WriterBatch) => void): void {
    while (this.#hasWaiting(tick)) this.#readNext(onRead);
  }

  lose(fromTick: number, toTick: number): void {
    const last = this.#losses.at(-1);
    if (last !== undefined && fromTick <= last.toTick) {
      this.#losses[this.#losses.length - 1] = { ...last, toTick: Math.max(toTick, last.toTick) };
    } else this.#losses.push({ fromTick, toTick });
    if (this.#losses.length > maxLosses) this.#losses.shift();
  }

  /** Whether anything that it sampled after a tick is not here. */
  hasLost(afterTick: number): boolean {
    return (this.#losses.at(-1)?.toTick ?? Number.NEGATIVE_INFINITY) > afterTick;
  }

  hasLostWithin(fromTick: number, toTick: number): boolean {
    return this.#losses.some((loss) => loss.fromTick < toTick && loss.toTick > fromTick);
  }

  #hasWaiting(tick: number): boolean {
    const [first] = this.#waiting;
    return first !== undefined && first.tick <= tick;
  }

  #readNext(onRead: (batch: WriterBatch) => void): void {
    const stored = this.#waiting.shift();
    if (stored === undefined) return;
    this.#parts.beforeRead?.();
    try {
      const isKept = this.#columns.hasGiven(stored);
      const batch = this.#columns.read(stored);
      if (batch === undefined) {
        if (!isKept) this.lose(stored.prev ?? stored.tick - 1, stored.tick);
        return;
      }
      this.history.append(batch);
      this.tokens.advance(batch);
      onRead(batch);
    } catch (cause) {
      this.lose(stored.prev ?? stored.tick - 1, stored.tick);
      // Nothing that waits can be read any more.
      if (!this.#waiting.some(({ keyframe }) => keyframe)) this.#end = undefined;
      this.#parts.onFault(cause);
    }
  }
}
