import { expect, test } from "vitest";
import type { StoredBatch } from "../contracts/store.js";
import { beginInstances } from "./testing/begun-instances.js";

const begin = beginInstances();

/** From one keyframe to the next nothing can be read where a batch between them never came. */
const chainTicks = 130;

/** Two instances, and what each shows of b by its name. */
async function picked() {
  const all = begin();
  let isMissed = (_: StoredBatch) => false;
  const a = await all.add(
    "a",
    { g: 1 },
    {
      line: (line) => {
        const open = line.open.bind(line);
        line.open = (peer) =>
          open({ ...peer, onBatch: (batch) => (isMissed(batch) ? undefined : peer.onBatch(batch)) });
      },
    },
  );
  const b = await all.add("b", { g: 10, rare: 1 });
  await all.tick(2);
  const item = { merge: "instance", instance: "b" } as const;
  const own = await all.view(b, item);
  const viewer = await all.view(a, item);
  await all.tick(2);
  return {
    all,
    b,
    own,
    viewer,
    /** What b stores for so many ticks is not heard by a, though the store has it. */
    async miss(values: readonly (typeof b.values)[]) {
      isMissed = ({ instance }) => instance === "b";
      for (const one of values) {
        b.values = one;
        await all.tick();
      }
      isMissed = () => false;
    },
  };
}

test("a picked instance of which a batch is lost for good is shown on from the next keyframe", async () => {
  const { all, b, own, viewer } = await picked();
  b.line.loseNext();
  b.values = { g: 11, rare: 2 };
  await all.tick(chainTicks);
  const ticks = viewer.shown.map(({ tick }) => tick);
  expect(ticks.filter((tick, at) => tick <= (ticks[at - 1] ?? 0))).toEqual([]);
  expect(viewer.last).toEqual(own.last);
  expect(viewer.allFaults).toEqual([]);
});

test("a picked instance whose batches come from the store instead is shown as it was at each tick", async () => {
  const { all, own, viewer, miss } = await picked();
  await miss([
    { g: 11, rare: 1 },
    { g: 12, rare: 2 },
    { g: 13, rare: 2 },
  ]);
  await all.tick(3);
  const fromTick = viewer.shown[0]?.tick ?? 0;
  expect(viewer.shown).toEqual(own.shown.filter(({ tick }) => tick >= fromTick));
  expect(viewer.last?.values).toEqual({ g: 13, rare: 2 });
  expect(viewer.allFaults).toEqual([]);
});
