import { manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import type { StoreMember } from "../contracts/store.js";
import { Roster, type RosterChange } from "./roster.js";

function start() {
  const clock = manualClock();
  const changes: RosterChange[] = [];
  const listed = new Map<string, StoreMember>();
  const store = { isDegraded: false };
  const roster = new Roster({
    instance: "me",
    epoch: "mine",
    clock,
    members: () => [...listed.values()],
    isDegraded: () => store.isDegraded,
    onChange: (change) => changes.push(change),
  });
  const list = (instance: string, epoch: string, clients = 0) =>
    listed.set(epoch, { instance, epoch, clients, channels: ["metrics"], ageMs: 5 });
  const took = () => changes.splice(0).map(({ type, instance, epoch }) => `${type} ${instance} ${epoch}`);
  return { clock, roster, listed, list, store, took };
}

test("somebody joins with a batch or by being listed, and leaves when no longer listed", () => {
  const { roster, list, listed, took } = start();
  expect(roster.heard("a", "a1", 1_000)).toBe("a");
  list("a", "a1");
  list("b", "b1");
  list("me", "mine");
  roster.sweep();
  expect(took()).toEqual(["joined a a1", "joined b b1"]);
  expect([roster.isLive("a"), roster.isLive("b"), roster.isLive("c")]).toEqual([true, true, false]);
  listed.delete("a1");
  roster.sweep();
  expect(took()).toEqual(["left a a1"]);
  expect(roster.isLive("a")).toBe(false);
});

test("somebody who was never listed leaves after ten silent seconds, and not before", () => {
  const { clock, roster, took } = start();
  roster.heard("a", "a1", 1_000);
  clock.advance(10_000);
  roster.sweep();
  expect(took()).toEqual(["joined a a1"]);
  clock.advance(1);
  roster.sweep();
  expect(took()).toEqual(["left a a1"]);
});

test("while the store is away nobody is taken for dead", () => {
  const { clock, roster, store, list, listed, took } = start();
  list("a", "a1");
  roster.sweep();
  took();
  store.isDegraded = true;
  listed.clear();
  clock.advance(3_600_000);
  roster.sweep();
  expect(roster.isLive("a")).toBe(true);
  store.isDegraded = false;
  roster.sweep();
  expect(took()).toEqual(["left a a1"]);
});

test("clients are counted over all, those of this instance as they are now", () => {
  const { roster, list } = start();
  list("me", "mine", 1);
  list("a", "a1", 30);
  list("b", "b1", 400);
  roster.sweep();
  expect(roster.clients(7)).toBe(437);
  expect(roster.list(7)).toEqual([
    { instance: "me", epoch: "mine", clients: 7, ageMs: 0 },
    { instance: "a", epoch: "a1", clients: 30, ageMs: 0 },
    { instance: "b", epoch: "b1", clients: 400, ageMs: 0 },
  ]);
});

test("the next process of a name takes it over; a late batch of the one before it counts no more", () => {
  const { roster, took } = start();
  expect(roster.heard("a", "a1", 1_000)).toBe("a");
  expect(roster.heard("a", "a2", 5_000)).toBe("a");
  expect(roster.heard("a", "a1", 4_000)).toBeUndefined();
  expect(took()).toEqual(["joined a a1", "joined a a2"]);
});

test("two that live under one name are told apart, and told of once", () => {
  const { roster, took } = start();
  roster.heard("a", "a1", 1_000);
  roster.heard("a", "a2", 5_000);
  expect(roster.heard("a", "a1", 6_000)).toBe("a-2");
  expect(roster.heard("a", "a1", 7_000)).toBe("a-2");
  expect(roster.heard("a", "a2", 7_000)).toBe("a");
  roster.heard("a", "a3", 8_000);
  expect(roster.heard("a", "a2", 9_000)).toBe("a-3");
  expect(took()).toEqual([
    "joined a a1",
    "joined a a2",
    "duplicate a-2 a1",
    "joined a a3",
    "duplicate a-3 a2",
  ]);
});

test("the process before this one counts no more; one that lives beside it does, under another name", () => {
  const { roster, took } = start();
  expect(roster.heard("me", "old", 1_000)).toBeUndefined();
  roster.began(5_000);
  expect(roster.heard("me", "old", 4_000)).toBeUndefined();
  expect(roster.heard("me", "twin", 6_000)).toBe("me-2");
  expect(took()).toEqual(["joined me old", "joined me twin", "duplicate me-2 twin"]);
});

test("one of those that live is first, by name and then by epoch: whoever it is leaves it to the next", () => {
  const { roster, list, listed } = start();
  expect(roster.isFirst).toBe(true);
  for (const [instance, epoch] of [
    ["you", "y1"],
    ["me", "nine"],
  ] as const)
    list(instance, epoch);
  roster.sweep();
  expect(roster.isFirst).toBe(true);
  list("me", "eight");
  roster.sweep();
  expect(roster.isFirst).toBe(false);
  listed.delete("eight");
  list("a", "z9");
  roster.sweep();
  expect(roster.isFirst).toBe(false);
  listed.delete("z9");
  roster.sweep();
  expect(roster.isFirst).toBe(true);
});
