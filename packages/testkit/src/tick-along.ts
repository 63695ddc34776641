import type { ManualClock } from "./manual-clock.js";
import { until } from "./until.js";
import type { WireView } from "./wire-view.js";

/** Moves the clock from tick to tick, and each time waits until all of these views show the new one. */
export async function tickAlong(
  clock: ManualClock,
  intervalMs: number,
  views: readonly WireView[],
  ticks = 1,
): Promise<void> {
  for (let tick = 0; tick < ticks; tick += 1) {
    await clock.advanceAsync(intervalMs);
    const head = Math.floor(clock.dateMs() / intervalMs);
    await until(
      () => views.every((view) => (view.tick ?? 0) >= head),
      5_000,
      () => `tick ${head}; the views are at ${views.map((view) => view.tick).join(", ")}`,
    );
  }
}
