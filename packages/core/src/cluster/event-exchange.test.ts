import type { ServerMessage } from "@metricast/protocol";
import type { Viewer } from "@metricast/testkit";
import { expect, test } from "vitest";
import { beginInstances } from "./testing/begun-instances.js";

const begin = beginInstances();

type Events = Extract<ServerMessage, { type: "events" }>;
const events = { channel: "events" };

function told(viewer: Viewer): unknown[] {
  return viewer.of("events").flatMap(({ items }: Events) => items.map(({ data }) => data));
}

function lost(viewer: Viewer): number {
  return viewer.of("events").reduce((sum, message) => sum + (message.lost ?? 0), 0);
}

const position = (viewer: Viewer) => viewer.of("events").at(-1)?.position ?? "";

const outcome = (viewer: Viewer) => viewer.of("subscribed").at(-1)?.items[0]?.resume;

test("events of every instance come to everybody, in the order of each", async () => {
  const all = begin();
  const [a, b] = [await all.add("a", {}), await all.add("b", {})];
  await all.tick();
  const viewers = [await all.view(a, events), await all.view(b, events)];
  for (let k = 1; k <= 5; k += 1) {
    a.cast.event("deploy", `a${k}`);
    b.cast.event("deploy", `b${k}`);
  }
  await all.settle();
  for (const viewer of viewers) {
    const data = told(viewer).map(String);
    expect(data.filter((one) => one.startsWith("a"))).toEqual(["a1", "a2", "a3", "a4", "a5"]);
    expect(data.filter((one) => one.startsWith("b"))).toEqual(["b1", "b2", "b3", "b4", "b5"]);
    expect([data.length, lost(viewer)]).toEqual([10, 0]);
  }
});

test("who goes on at another instance gets what it lacks, of all, and is told that this is all", async () => {
  const all = begin();
  const [a, b] = [await all.add("a", {}), await all.add("b", {})];
  await all.tick();
  const viewer = await all.view(a, events);
  a.cast.event("deploy", "a1");
  b.cast.event("deploy", "b1");
  await all.settle();
  viewer.drop();
  a.cast.event("deploy", "a2");
  b.cast.event("deploy", "b2");
  await all.settle();
  const next = await all.view(b, { ...events, position: position(viewer) });
  expect(outcome(next)).toEqual({ outcome: "complete" });
  const missed = told(next).filter((one) => !told(viewer).includes(one));
  expect(missed).toEqual(["b2", "a2"]);
});

test("an instance that comes later has what is still stored, and a client of another goes on there", async () => {
  const all = begin();
  const [a, b] = [await all.add("a", {}), await all.add("b", {})];
  await all.tick();
  const viewer = await all.view(a, events);
  a.cast.event("deploy", "a1");
  await all.settle();
  viewer.drop();
  await all.tick();
  b.cast.event("deploy", "b1");
  a.cast.event("deploy", "a2");
  await all.tick();
  const c = await all.add("c", {});
  const past = await all.view(c, { ...events, sinceMs: 60_000 });
  expect(told(past)).toEqual(["a1", "b1", "a2"]);
  const next = await all.view(c, { ...events, position: position(viewer) });
  await all.tick();
  expect(outcome(next)).toEqual({ outcome: "complete" });
  expect(told(next)).toEqual(["b1", "a2"]);
});

test("what of another never came is told as lost, live and to who resumes, at both", async () => {
  const all = begin();
  const [a, b] = [await all.add("a", {}), await all.add("b", {})];
  await all.tick();
  b.cast.event("deploy", "b1");
  await all.settle();
  const viewer = await all.view(a, events);
  a.cast.event("deploy", "a1");
  await all.settle();
  const before = position(viewer);
  b.line.loseNext();
  b.cast.event("deploy", "b2");
  b.cast.event("deploy", "b3");
  await all.settle();
  expect([told(viewer), lost(viewer)]).toEqual([["a1", "b3"], 1]);
  const again = await all.view(a, { ...events, position: before });
  expect(outcome(again)).toEqual({ outcome: "reset", reason: "expired" });
  // Who wrote it has it.
  const next = await all.view(b, { ...events, position: before });
  expect(outcome(next)).toEqual({ outcome: "complete" });
  expect(told(next)).toEqual(["b2", "b3"]);
});

test("a position that nobody here knows anything of begins anew", async () => {
  const all = begin();
  const a = await all.add("a", {});
  for (const text of ["v1.0000000000000000.3", "v1.0000000000000000-1111111111111111-4.9", "v1.x-y.1"]) {
    const viewer = await all.view(a, { ...events, position: text });
    expect(outcome(viewer)).toEqual({ outcome: "reset", reason: "epoch_changed" });
  }
});

test("what each sees itself of the others stays its own", async () => {
  const all = begin();
  const a = await all.add("a", {});
  const viewer = await all.view(a, { channel: "system", sinceMs: 60_000 });
  await all.add("b", {});
  await all.add("c", {});
  await all.tick(3);
  expect(told(viewer)).toEqual([{ instance: "b" }, { instance: "c" }]);
});
