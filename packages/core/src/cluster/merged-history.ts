import {
  type Block,
  type BlockSeries,
  pointCount,
  type SeriesInfo,
  slotCount,
  type TickRange,
} from "@metricast/protocol";
import type { Series } from "../contracts/feed.js";
import type { ChannelHistory } from "../history/channel-history.js";
import type { BlockRequest } from "../history/query.js";
import type { SeriesNames } from "../history/series-names.js";
import { coarsened, mergedPoints } from "./merged-points.js";

/** What one instance's history is to the merge. */
export interface HistoryPart {
  readonly name: string;
  readonly history: ChannelHistory;
  /** What it has now. */
  readonly series: readonly Series[];
  seriesOf(key: string): Series | undefined;
  /** Whether anything it sampled after a tick is not here. */
  hasLost(afterTick: number): boolean;
}

export interface MergedHistoryParts {
  readonly names: SeriesNames;
  /** In the order of their names; of those that left, too. */
  readonly parts: () => readonly HistoryPart[];
  /** What a merged series is in the instances. */
  readonly sourceOf: (series: Series) => SeriesInfo;
  /** Where a merged counter stands at the newest tick. */
  readonly totalsAt: (series: Series, tick: number) => Float64Array | undefined;
}

/** Numbers that are read tick by tick at most for one answer that is exact at a coarse step. */
const maxExactCells = 200_000;

/** The past of all instances, merged when it is asked for: so a batch that comes late is in the next answer. */
export class MergedHistory {
  readonly #parts: MergedHistoryParts;

  constructor(parts: MergedHistoryParts) {
    this.#parts = parts;
  }

  /** The finest step in so many points that every instance can give. */
  stepFor(fromTick: number, toTick: number, points: number): number {
    let step = Math.max(1, Math.ceil((toTick - fromTick) / Math.max(1, points)));
    for (const { history } of this.#within(fromTick, toTick)) {
      const from = Math.max(fromTick, (history.firstTick ?? 0) - 1);
      const own = history.stepFor(from, toTick, Math.ceil((toTick - from) / step));
      if (step % own !== 0) step = roundUp(Math.max(step, own), own);
    }
    return step;
  }

  /** Everything sampled from this tick on can be queried at a step. */
  oldestTick(stepTicks: number): number | undefined {
    const oldest = this.#parts.parts().flatMap(({ history }) => history.oldestTick(stepTicks) ?? []);
    return oldest.length === 0 ? undefined : Math.min(...oldest);
  }

  /** Whether everything that anybody sampled after a tick is held at a step. */
  holds(afterTick: number, stepTicks: number): boolean {
    const parts = this.#within(afterTick, Number.POSITIVE_INFINITY);
    return parts.every((part) => !part.hasLost(afterTick) && reaches(part, afterTick, stepTicks));
  }

  /** Series that only earlier processes knew. */
  gone(present: readonly Series[]): readonly Series[] {
    const { names, sourceOf, parts } = this.#parts;
    const known = new Set(present.map((series) => names.keyOf(sourceOf(series))));
    const gone = new Map<string, Series>();
    for (const part of parts()) {
      for (const series of part.history.gone(part.series)) {
        const key = names.keyOf(series.info);
        if (!known.has(key) && series.info.aggregator !== "omit") gone.set(key, series);
      }
    }
    return [...gone.values()];
  }

  query(request: BlockRequest): Block {
    const { series, fromTick, toTick, stepTicks } = request;
    const slots = series.reduce((sum, { info }) => sum + slotCount(info), 0);
    const parts = this.#within(fromTick, toTick);
    const cells = slots * (toTick - fromTick) * parts.length;
    const isExact =
      stepTicks === 1 || (parts.length > 1 && cells <= maxExactCells && this.#isRaw(parts, fromTick));
    const points = pointCount(request, isExact ? 1 : stepTicks);
    const blocks = parts.map((part) => this.#read(part, request, isExact ? 1 : stepTicks));
    const { totalsAt, sourceOf } = this.#parts;
    const merged = series.map((one, at): BlockSeries => {
      const own = blocks.flatMap(({ bySeries }) => bySeries[at] ?? []);
      const info = sourceOf(one);
      const fine = mergedPoints(info, own, points, totalsAt(one, toTick));
      const coarse =
        isExact && stepTicks > 1 ? coarsened(fine, stepTicks, pointCount(request, stepTicks)) : fine;
      return { ...coarse, info: one.info };
    });
    return {
      fromTick,
      toTick,
      stepTicks,
      series: merged,
      gaps: commonGaps(
        blocks.map(({ gaps }) => gaps),
        request,
      ),
    };
  }

  #isRaw(parts: readonly HistoryPart[], fromTick: number): boolean {
    return parts.every((part) => reaches(part, fromTick, 1));
  }

  #read(part: HistoryPart, { series, fromTick, toTick }: BlockRequest, stepTicks: number): OwnBlock {
    const { names, sourceOf } = this.#parts;
    const { history } = part;
    let gone: Map<string, Series> | undefined;
    const findGone = (key: string) => {
      gone ??= new Map(history.gone(part.series).map((one) => [names.keyOf(one.info), one]));
      return gone.get(key);
    };
    const places: number[] = [];
    const own: Series[] = [];
    for (const [at, one] of series.entries()) {
      const key = names.keyOf(sourceOf(one));
      const found = part.seriesOf(key) ?? findGone(key);
      if (found === undefined) continue;
      places.push(at);
      own.push(found);
    }
    const block = history.query({ series: own, fromTick, toTick, stepTicks });
    const bySeries: (BlockSeries | undefined)[] = [];
    for (const [k, at] of places.entries()) bySeries[at] = block.series[k];
    const { headTick = fromTick } = history;
    const after = headTick < toTick ? [{ fromTick: Math.max(headTick, fromTick), toTick }] : [];
    return { bySeries, gaps: [...block.gaps, ...after] };
  }

  /** Instances that have anything of a range. */
  #within(fromTick: number, toTick: number): readonly HistoryPart[] {
    return this.#parts.parts().filter(({ history }) => {
      const { firstTick, headTick } = history;
      return firstTick !== undefined && firstTick <= toTick && (headTick ?? firstTick) > fromTick;
    });
  }
}

/** One instance's part of an answer: its series by their places in the request, and where it sampled nothing. */
interface OwnBlock {
  readonly bySeries: readonly (BlockSeries | undefined)[];
  readonly gaps: readonly TickRange[];
}

/** Whether an instance's history has at a step all that it sampled after a tick. */
function reaches({ history }: HistoryPart, afterTick: number, stepTicks: number): boolean {
  const oldest = history.oldestTick(stepTicks);
  return oldest !== undefined && oldest <= Math.max(afterTick + 1, history.firstTick ?? 0);
}

/** Where nobody sampled anything. Each list ascends. */
function commonGaps(lists: readonly (readonly TickRange[])[], range: BlockRequest): TickRange[] {
  let common: TickRange[] = [{ fromTick: range.fromTick, toTick: range.toTick }];
  for (const list of lists) {
    common = common.flatMap((one) =>
      list.flatMap((other) => {
        const fromTick = Math.max(one.fromTick, other.fromTick);
        const toTick = Math.min(one.toTick, other.toTick);
        return fromTick < toTick ? [{ fromTick, toTick }] : [];
      }),
    );
  }
  return common;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
