import { decodeBlock, type ServerMessage } from "@metricast/protocol";
import type { Viewer } from "../cluster/instances.js";
import type { ReferenceCell } from "../reference-timeline.js";

interface Read {
  readonly name: string;
  readonly ticks: readonly number[];
}

/** What a viewer was shown as the number of somebody who was not named as missing, and is none that was read then. */
export function numbersFalse(viewer: Viewer, instances: readonly Read[]): string[] {
  return instances.flatMap(({ name, ticks }) => {
    const read = new Set(ticks);
    const series = `number_${name}`;
    const frames = viewer.shown
      .filter(({ tick, missing }) => read.has(tick) && !missing.includes(name))
      // Who has left the roster has no number any more.
      .filter(({ tick, values }) => values[series] !== undefined && values[series] !== tick)
      .map(({ tick, values }) => `${name}: ${values[series]} at ${tick}`);
    const points = viewer.watch.timeline.entries.flatMap(({ from, to, series: cells }) => {
      const last = lastOf(cells.get(series));
      return last === undefined || (last > from && last <= to)
        ? []
        : [`${name}: ${last} in (${from}, ${to}]`];
    });
    return [...frames, ...points];
  });
}

/** Ticks that both read, and a viewer was promised, and has nowhere. */
export function numbersLost({ watch }: Viewer, [first, ...others]: readonly Read[]): readonly number[] {
  const sampled = first?.ticks.filter((tick) => others.every(({ ticks }) => ticks.includes(tick))) ?? [];
  return watch.timeline.lost(sampled);
}

/** What was read and is not in an answer to a query of its range, ticks after `from` up to `to`. */
export function numbersHeld(
  answer: ServerMessage,
  instances: readonly Read[],
  { from, to }: { readonly from: number; readonly to: number },
): string[] {
  const [item] = answer.type === "result" ? answer.items : [];
  if (item === undefined) return [`answered with ${answer.type}`];
  const { series, fromTick, stepTicks } = decodeBlock(item, () => undefined);
  return instances.flatMap(({ name, ticks }) => {
    const column = series.find(({ info }) => info.name === `number_${name}`)?.columns[0];
    const lastAt = (tick: number) => column?.last[Math.ceil((tick - fromTick) / stepTicks) - 1];
    return ticks
      .filter((tick) => tick > from && tick <= to && lastAt(tick) !== tick)
      .map((tick) => `${name}: ${tick}`);
  });
}

/** Frames are judged as they are shown: only points of blocks are looked at here. */
function lastOf(cell: ReferenceCell | undefined): number | undefined {
  return cell?.kind === "point" ? cell.slots[0]?.last : undefined;
}
