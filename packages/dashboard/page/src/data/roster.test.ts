import { expect, test } from "vitest";
import { rosterOf } from "./roster.js";

const live = (name: string) => ({ name, status: "live" as const });

test("who was listed once stays, gone, until it is listed again", () => {
  const both = rosterOf([], [live("b"), live("a")]);
  expect(both).toEqual([live("a"), live("b")]);
  const one = rosterOf(both, [live("b")]);
  expect(one).toEqual([{ name: "a", status: "gone" }, live("b")]);
  expect(rosterOf(one, [live("b"), live("a")])).toEqual(both);
});

test("a service whose instances always have new names fills no list", () => {
  let known = rosterOf([], []);
  for (let start = 0; start < 300; start++) known = rosterOf(known, [live(`pod-${start}`)]);
  expect(known).toHaveLength(100);
  expect(known.filter(({ status }) => status === "live")).toEqual([live("pod-299")]);
});
