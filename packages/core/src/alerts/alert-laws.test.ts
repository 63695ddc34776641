import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cell, ColumnFeed } from "../views/testing/column-feed.js";
import type { AlertState } from "./alert.js";
import { ChannelWatch } from "./channel-watch.js";
import { compileRules } from "./compile-rules.js";

/** Whatever a series does and whoever leads, an alert begins, ends, begins: and when it must. */

const channel = {
  kind: "metrics",
  intervalMs: 1_000,
  retentionMs: 60_000,
  sources: [],
  follow: "always",
} as const;
const at = 10;

interface Law {
  readonly clearBelow: number;
  readonly forTicks: number;
  readonly clearForTicks: number;
}
const laws: fc.Arbitrary<Law> = fc.record({
  clearBelow: fc.integer({ min: 5, max: at }),
  forTicks: fc.nat({ max: 3 }),
  clearForTicks: fc.nat({ max: 3 }),
});
const values = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 60 });

function rulesOf({ clearBelow, forTicks, clearForTicks }: Law) {
  const rule = {
    name: "busy",
    select: "load",
    above: at,
    clearBelow,
    forMs: forTicks * 1_000,
    clearForMs: clearForTicks * 1_000,
  };
  return compileRules([rule], new Map([["metrics", channel]]), 1);
}

/** Instances that judge the same values; what was told is common to all, and one at a time may tell. */
function instances(law: Law, count: number) {
  const firing = new Set<string>();
  const told: { readonly tick: number; readonly state: AlertState }[] = [];
  const turn = { leader: 0, tick: 0 };
  const all = Array.from({ length: count }, (_, k) => {
    const feed = new ColumnFeed();
    feed.add({ name: "load", kind: "gauge", labels: {} });
    const watch = new ChannelWatch({
      rules: rulesOf(law),
      intervalMs: 1_000,
      instance: undefined,
      isFiring: (id) => firing.has(id),
      mayTell: () => turn.leader === k,
      tell: ({ id }, state) => {
        told.push({ tick: turn.tick, state });
        if (state === "firing") firing.add(id);
        else firing.delete(id);
        for (const one of all) one.watch.wake(id);
      },
      admit: () => true,
      onFault: (_rule, cause) => {
        throw cause;
      },
    });
    return { feed, watch };
  });
  const take = (cell: Cell, leader: number) => {
    turn.tick += 1;
    turn.leader = leader;
    for (const { feed, watch } of all) watch.take(feed.batch(turn.tick, [cell]));
  };
  return { take, told };
}

/** The same by the words of the guide: how long it has been so is counted back from each tick. */
function expected({ clearBelow, forTicks, clearForTicks }: Law, load: readonly number[]) {
  const told: { readonly tick: number; readonly state: AlertState }[] = [];
  let since = 0;
  let isFiring = false;
  for (const [index, value] of load.entries()) {
    const isOtherwise = isFiring ? value < clearBelow : value > at;
    since = isOtherwise ? since + 1 : 0;
    if (since <= (isFiring ? clearForTicks : forTicks)) continue;
    isFiring = !isFiring;
    since = 0;
    told.push({ tick: index + 1, state: isFiring ? "firing" : "resolved" });
  }
  return told;
}

test("an alert is told at the tick that the rule's words name, and at no other", () => {
  fc.assert(
    fc.property(laws, values, (law, load) => {
      const { take, told } = instances(law, 1);
      for (const value of load) take(value, 0);
      expect(told).toEqual(expected(law, load));
    }),
    { numRuns: 300 },
  );
});

test("whoever leads when, what is told is what one alone would have told", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.nat({ max: 2 })), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(laws, steps, (law, moves) => {
      const { take, told } = instances(law, 3);
      for (const [value, leader] of moves) take(value, leader);
      const load = moves.map(([value]) => value);
      expect(told).toEqual(expected(law, load));
    }),
    { numRuns: 300 },
  );
});

test("where nobody leads for a while nothing is told twice, and in the end what is true is told", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -1, max: 1 })), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(laws, steps, fc.constantFrom(0, 20), (law, moves, last) => {
      const { take, told } = instances(law, 2);
      for (const [value, leader] of moves) take(value, leader);
      for (let k = 0; k < 5; k += 1) take(last, 0);
      const states = told.map(({ state }) => state);
      expect(states).toEqual(states.map((_, k) => (k % 2 === 0 ? "firing" : "resolved")));
      expect(states.at(-1) ?? "resolved").toBe(last === 20 ? "firing" : "resolved");
    }),
    { numRuns: 300 },
  );
});
