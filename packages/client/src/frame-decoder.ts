import { decodeSeriesInfo, type FrameMessage } from "@metricast/protocol";
import { hold, type LiveSeries, liveSeries, setValue } from "./live-series.js";

export interface AppliedFrame {
  readonly isKeyframe: boolean;
  readonly tick: number;
  /** The frame applied before; undefined on the first. */
  readonly previousTick: number | undefined;
}

/**
 * `chain`: the frame does not follow the last one applied, and changed nothing. `malformed`: it is no frame; only a
 * keyframe is taken after it.
 */
export type FrameOutcome = AppliedFrame | "chain" | "malformed";

const maxDictionary = 100_000;

/** Frames of one view, one after the other, into the newest point of each series. Knows no time and no socket. */
export class FrameDecoder {
  #series: LiveSeries[] = [];
  #tick: number | undefined;
  #generation: number | undefined;
  #stepTicks = 1;
  #needsKeyframe = true;

  /** Series of the dictionary by id, with their newest points. */
  get series(): readonly LiveSeries[] {
    return this.#series;
  }
  /** Tick of the last frame applied. */
  get tick(): number | undefined {
    return this.#tick;
  }
  get generation(): number | undefined {
    return this.#generation;
  }

  /** The next frame has to be a keyframe. `forget`: what counters had before says nothing about what follows. */
  restart(stepTicks: number, forget: boolean): void {
    this.#stepTicks = stepTicks;
    this.#needsKeyframe = true;
    if (forget) this.#series = [];
  }

  apply(frame: FrameMessage): FrameOutcome {
    const { tick, prev, series = [], generation } = frame;
    const previousTick = this.#tick;
    const isKeyframe = prev === undefined;
    const follows = isKeyframe ? tick >= (previousTick ?? 0) : prev === previousTick && tick > prev;
    if (!follows && !(isKeyframe && this.#needsKeyframe)) return "chain";
    if (!isKeyframe && this.#needsKeyframe) return "chain";
    try {
      if (!Number.isSafeInteger(tick)) throw new TypeError();
      // A series that appears between two frames was born there: it counts from zero.
      const added = series.map((entry) => liveSeries(decodeSeriesInfo(entry), isKeyframe ? Number.NaN : 0));
      const isRepeated = isKeyframe && tick === previousTick;
      if (isKeyframe && follows) continueAll(this.#series, added, isRepeated);
      const dictionary = isKeyframe ? added : [...this.#series, ...added];
      if (added.length > 0 || isKeyframe) this.#series = dictionary;
      this.#write(frame, isRepeated);
      this.#tick = tick;
      this.#needsKeyframe = false;
      if (isKeyframe) this.#generation = generation;
      return { isKeyframe, tick, previousTick };
    } catch {
      this.#needsKeyframe = true;
      return "malformed";
    }
  }

  #write({ i, v }: FrameMessage, isRepeated: boolean): void {
    if (i.length !== v.length || this.#series.length > maxDictionary) throw new TypeError();
    if (!isRepeated) for (const series of this.#series) hold(series, this.#stepTicks);
    let id = 0;
    i.forEach((distance, k) => {
      id += distance;
      const series = this.#series[id];
      const value = v[k];
      if (!series || value === undefined) throw new TypeError();
      setValue(series, value, this.#stepTicks, isRepeated);
    });
  }
}

/** Takes over what the same series had before the dictionary began anew. */
function continueAll(before: readonly LiveSeries[], after: readonly LiveSeries[], isRepeated: boolean): void {
  const known = new Map(before.map((series) => [series.key, series]));
  for (const series of after) {
    const same = known.get(series.key);
    if (same?.last.length !== series.last.length) continue;
    series.last.set(same.last);
    if (isRepeated) series.increase.set(same.increase);
  }
}
