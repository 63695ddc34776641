import { decodeSeriesInfo, type FrameMessage } from "@metricast/protocol";
import { MetricastClientError } from "./error.js";
import { hold, type LiveSeries, liveSeries, setValue } from "./live-series.js";

export interface AppliedFrame {
  readonly isKeyframe: boolean;
  readonly tick: number;
  /** The frame applied before; undefined on the first. */
  readonly previousTick: number | undefined;
}

const maxDictionary = 100_000;

/** Frames of one view, one after the other, into the newest point of each series. Knows no time and no socket. */
export class FrameDecoder {
  /** Series of the dictionary by id, with their newest points. */
  series: LiveSeries[] = [];
  generation: number | undefined;
  #tick: number | undefined;
  #stepTicks = 1;
  #needsKeyframe = true;

  /** The next frame has to be a keyframe. `forget`: what counters had before says nothing about what follows. */
  restart(stepTicks: number, forget: boolean): void {
    this.#stepTicks = stepTicks;
    this.#needsKeyframe = true;
    if (forget) this.series = [];
  }

  /** Throws `chain_broken` for a frame that does not follow, which changes nothing; what else it throws is garbage. */
  apply(frame: FrameMessage): AppliedFrame {
    const { tick, prev, series = [], generation } = frame;
    const previousTick = this.#tick;
    const isKeyframe = prev === undefined;
    const follows = isKeyframe ? tick >= (previousTick ?? 0) : prev === previousTick && tick > prev;
    if (this.#needsKeyframe ? !isKeyframe : !follows) throw new MetricastClientError("chain_broken");
    // Until this one is applied whole.
    this.#needsKeyframe = true;
    if (!Number.isSafeInteger(tick)) throw new TypeError();
    // A series that appears between two frames was born there: it counts from zero.
    const added = series.map((entry) => liveSeries(decodeSeriesInfo(entry), isKeyframe ? Number.NaN : 0));
    const before = this.series;
    if (isKeyframe) this.series = added;
    else before.push(...added);
    if (isKeyframe && follows) continueAll(before, added);
    this.#write(frame, isKeyframe && tick === previousTick);
    this.#tick = tick;
    this.#needsKeyframe = false;
    if (isKeyframe) this.generation = generation;
    return { isKeyframe, tick, previousTick };
  }

  #write({ i, v }: FrameMessage, isRepeated: boolean): void {
    if (i.length !== v.length || this.series.length > maxDictionary) throw new TypeError();
    if (!isRepeated) for (const series of this.series) hold(series, this.#stepTicks);
    let id = 0;
    i.forEach((distance, k) => {
      id += distance;
      const series = this.series[id];
      const value = v[k];
      if (!series || value === undefined) throw new TypeError();
      setValue(series, value, this.#stepTicks, isRepeated);
    });
  }
}

/** Takes over what the same series had before the dictionary began anew. */
function continueAll(before: readonly LiveSeries[], after: readonly LiveSeries[]): void {
  const known = new Map(before.map((series) => [series.key, series.cells]));
  for (const { key, cells } of after) {
    const same = known.get(key);
    if (same?.length !== cells.length) continue;
    cells.set(same);
    cells[0] = 0;
  }
}
