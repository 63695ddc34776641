import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import { MemoryBudget } from "../history/budget.js";
import { ChannelHistory } from "../history/channel-history.js";
import { SeriesNames } from "../history/series-names.js";
import { gauge } from "../history/testing/test-feed.js";
import { fakeChannel } from "../sessions/testing/fake-channel.js";
import { ChannelMerge } from "./channel-merge.js";
import { StoredWriter } from "./testing/stored-writer.js";

const intervalMs = 1_000;
const firstTick = 100;

/** What two instances are, as the first of them sees it. */
function merged() {
  const clock = manualClock(firstTick * intervalMs);
  const { channel: own, columns } = fakeChannel({ intervalMs });
  columns.add(gauge("g"));
  const other = new StoredWriter("b", [gauge("g")]);
  const closed: (readonly [number, readonly string[]])[] = [];
  const revised: (readonly [number, number])[] = [];
  const nothing = () => {};
  const merge: ChannelMerge = new ChannelMerge({
    own,
    instance: "a",
    names: new SeriesNames(),
    clock,
    nowMs: () => clock.dateMs(),
    isDegraded: () => false,
    newHistory: () =>
      new ChannelHistory({ intervalMs, retentionMs: 1e9, tierSteps: [], budget: new MemoryBudget(1e8) }),
    warm: () => Promise.resolve(undefined),
    hooks: {
      beforeClose: nothing,
      afterClose: (_, batch) => {
        if (batch) closed.push([batch.tick, merge.missingIn(batch.tick - 1, batch.tick)]);
      },
      afterRead: nothing,
      onRevised: (_, from, to) => revised.push([from, to]),
      onBounds: nothing,
      onBroken: nothing,
      onFault: nothing,
    },
  });
  return {
    clock,
    other,
    merge,
    closed,
    revised,
    /** The instance's own tick, whose gauge is that. */
    comes(at: number) {
      const batch = columns.batch(at, [at]);
      own.deliver(batch);
      merge.takeOwn(batch);
    },
  };
}

test("a tick of the instance's own that comes late is announced as changed, as another's would be", () => {
  const { clock, other, merge, closed, revised, comes } = merged();
  merge.takeRemote("b", other.tick(firstTick, [1]));
  comes(firstTick);
  // The event loop was held for longer than the others wait.
  clock.advance(intervalMs);
  merge.takeRemote("b", other.tick(firstTick + 1, [1]));
  clock.advance(intervalMs);
  comes(firstTick + 1);
  merge.takeRemote("b", other.tick(firstTick + 2, [1]));
  comes(firstTick + 2);
  clock.advance(0);
  expect(closed).toEqual([
    [firstTick, []],
    [firstTick + 1, ["a"]],
    [firstTick + 2, []],
  ]);
  expect(revised).toEqual([[firstTick, firstTick + 1]]);
});

test("an answer of the store that a keyframe has overtaken takes no values back", () => {
  const { clock, other, merge, closed, comes } = merged();
  const keyframe = firstTick + 120;
  const lost = [firstTick + 1, keyframe + 1];
  const passes = (at: number) => {
    const stored = other.tick(at, [at < keyframe ? 1 : 1_000]);
    if (!lost.includes(at)) merge.takeRemote("b", stored);
    comes(at);
    clock.advance(intervalMs);
    return merge.columns.columns.values[0];
  };
  for (let at = firstTick; at <= keyframe + 2; at += 1) passes(at);
  merge.mend("b", other.batches.slice(0, 3));
  expect(passes(keyframe + 3)).toBe(keyframe + 3 + 1_000);
  expect(closed.at(-1)).toEqual([keyframe + 3, ["b"]]);
});
