import {
  BinaryFrameReader,
  decodeSeriesInfo,
  type FrameMessage,
  type SeriesInfo,
  slotCount,
  toNumber,
  type WireValue,
} from "@metricast/protocol";
import type { Batch, Columns, Series } from "../contracts/feed.js";
import type { StoredBatch } from "../contracts/store.js";
import { ColumnSet } from "../feed/column-set.js";
import type { SeriesNames } from "../history/series-names.js";
import { storedMessage } from "../stored-message.js";

/** What an instance had at a tick. */
export interface WriterBatch extends Batch {
  /** It is the first that is read of another process of the same name. */
  readonly isOfNext: boolean;
}

/** No series of a writer's first keyframe was born after it. */
const bornBefore = 0;

/**
 * The columns of one instance, read from its stored batches. A process of the same name that follows it goes on in the same
 * columns: series are told by name, so that their counters go on where they stood.
 */
export class WriterColumns {
  readonly #names: SeriesNames;
  readonly #set = new ColumnSet();
  readonly #byKey = new Map<string, Series>();
  /** The dictionary of the chain: series by id. */
  #byId: Series[] = [];
  #reader = new BinaryFrameReader(1);
  /** Whose chain is read, and its newest tick; undefined where only a keyframe can be read. */
  #chain: { readonly epoch: string; readonly tick: number } | undefined;
  #epoch: string | undefined;
  #tick: number | undefined;
  #scratch = new Float64Array(1);

  constructor(names: SeriesNames) {
    this.#names = names;
  }

  get columns(): Columns {
    return this.#set;
  }

  /** The newest tick that was given. */
  get tick(): number | undefined {
    return this.#tick;
  }

  /** Of whose process the newest tick is. */
  get epoch(): string | undefined {
    return this.#epoch;
  }

  get bytes(): number {
    return this.#set.bytes;
  }

  /** The series with a name, labels, kind and bounds. */
  seriesOf(key: string): Series | undefined {
    return this.#byKey.get(key);
  }

  /** Whether what its process had at a tick, or after it, was given already. */
  hasGiven({ epoch, tick }: Pick<StoredBatch, "epoch" | "tick">): boolean {
    return epoch === this.#epoch && tick <= (this.#tick ?? Number.NEGATIVE_INFINITY);
  }

  /**
   * What an instance had at the tick of a batch; undefined where nothing leads up to it, so that reading goes on with
   * the next keyframe, and where it was given already, so that it only leads up to what follows. `prev` of the answer is the
   * last one given: what lies between was lost, or not sampled. Ticks of a process ascend. Throws for what is no frame.
   */
  read(stored: StoredBatch): WriterBatch | undefined {
    const { channel, epoch, tick, prev, keyframe } = stored;
    if (!keyframe && (this.#chain?.epoch !== epoch || this.#chain.tick !== prev)) {
      this.#chain = undefined;
      return undefined;
    }
    // Until it is read whole.
    this.#chain = undefined;
    const frame = this.#reader.read(storedMessage(stored.bytes));
    if (frame.tick !== tick) throw new TypeError();
    const firstNew = this.#set.series.length;
    this.#admit(frame, keyframe, epoch === this.#epoch ? tick : bornBefore);
    this.#apply(frame);
    this.#chain = { epoch, tick };
    // What differs is taken against what was given last, however far it went back meanwhile.
    if (this.hasGiven(stored)) return undefined;
    const before = this.#tick;
    const isOfNext = this.#epoch !== undefined && this.#epoch !== epoch;
    this.#epoch = epoch;
    this.#tick = tick;
    return {
      channel,
      tick,
      ...(before !== undefined && { prev: before }),
      columns: this.#set,
      changed: this.#set.takeChanged(),
      firstNew,
      isOfNext,
    };
  }

  #admit({ series = [] }: FrameMessage, isKeyframe: boolean, bornTick: number): void {
    if (isKeyframe) {
      this.#byId = [];
      // What a keyframe does not name is absent.
      for (const one of this.#set.series) this.#set.setAbsent(one);
    }
    for (const entry of series) this.#byId.push(this.#known(decodeSeriesInfo(entry), bornTick));
  }

  #known(info: SeriesInfo, bornTick: number): Series {
    const key = this.#names.keyOf(info);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const width = slotCount(info);
    const series = { ...this.#set.place(width), width, info, bornTick };
    this.#set.push(series);
    this.#byKey.set(key, series);
    if (width > this.#scratch.length) this.#scratch = new Float64Array(width);
    return series;
  }

  #apply({ i, v }: FrameMessage): void {
    let id = 0;
    for (const [at, distance] of i.entries()) {
      id += distance;
      const series = this.#byId[id];
      if (series === undefined) throw new TypeError();
      this.#write(series, v[at] ?? null);
    }
  }

  #write(series: Series, value: WireValue): void {
    if (value === null) this.#set.setAbsent(series);
    else if (typeof value === "object" && "stale" in value) this.#set.setStale(series, value.stale);
    else if (typeof value === "object" && "slots" in value) throw new TypeError();
    else {
      const scratch = this.#scratch;
      const { slot, width } = series;
      if (typeof value !== "object") scratch[0] = toNumber(value);
      else {
        scratch.set(this.#set.values.subarray(slot, slot + width));
        for (let at = 0; at + 1 < value.length; at += 2) {
          scratch[toNumber(value[at])] = toNumber(value[at + 1]);
        }
      }
      this.#set.setLive(series, scratch, 0);
    }
  }
}
