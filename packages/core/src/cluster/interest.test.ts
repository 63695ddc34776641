import { memoryStore } from "@metricast/store-memory";
import { Instances, manualClock } from "@metricast/testkit";
import { expect, test } from "vitest";
import { Interest } from "./interest.js";

function interest(follow: "always" | "watched") {
  const clock = manualClock();
  const seen = { isWatched: false };
  const made = new Interest({ clock, follow: () => follow, isWatched: () => seen.isWatched });
  return { clock, seen, made };
}

test("a channel that is kept is always read", () => {
  expect(interest("always").made.wants("metrics")).toBe(true);
});

test("any other is read while it is watched, and a minute longer", () => {
  const { clock, seen, made } = interest("watched");
  expect(made.wants("metrics")).toBe(false);
  seen.isWatched = true;
  expect(made.wants("metrics")).toBe(true);
  seen.isWatched = false;
  clock.advance(59_999);
  expect(made.wants("metrics")).toBe(true);
  clock.advance(1);
  expect(made.wants("metrics")).toBe(false);
});

test("who asks for the past has it read for a minute", () => {
  const { clock, made } = interest("watched");
  made.note("metrics");
  expect([made.wants("metrics"), made.wants("other")]).toEqual([true, false]);
  clock.advance(60_000);
  expect(made.wants("metrics")).toBe(false);
});

test("nobody's batches are read where nobody watches; who comes sees who is missing, then all, and the past of all", async () => {
  const all = new Instances((clock) => memoryStore({ clock }));
  const a = await all.add("a", { g: 1 }, { channels: { metrics: { follow: "watched" } } });
  const b = await all.add("b", { g: 10 });
  await all.tick(3);
  b.values = { g: 20 };
  await all.tick(5);
  expect(a.line.unread("metrics")).toBeGreaterThan(4);
  const viewer = await all.view(a, { sinceMs: 4_000 });
  expect(viewer.last?.values).toEqual({ g: 1 });
  await all.tick(4);
  expect(a.line.unread("metrics")).toBe(0);
  expect(viewer.last).toMatchObject({ missing: [], values: { g: 21 } });
  // What it was not shown has changed by what was read since.
  expect(viewer.of("revised").length).toBeGreaterThan(0);
  const late = await all.view(a, { sinceMs: 6_000 });
  await all.tick();
  expect(late.of("block").at(-1)?.series[0]?.last.slice(0, 4)).toEqual([21, 21, 21, 21]);
  viewer.drop();
  late.drop();
  await all.tick(59);
  expect(a.line.unread("metrics")).toBe(0);
  await all.tick(3);
  expect(a.line.unread("metrics")).toBeGreaterThan(0);
  expect([...viewer.allFaults, ...late.allFaults]).toEqual([]);
  await all.close();
});
