import { describe, expect, test } from "vitest";
import type { SeriesChannel } from "../channels/series-channel.js";
import { type FakeChannel, fakeChannel } from "../sessions/testing/fake-channel.js";
import { FrameReader } from "./testing/frame-reader.js";
import { ViewRegistry } from "./view-registry.js";

const logBounds = { maxFrames: 100, maxBytes: 1e6 };

/** A channel that is one of two, and names who is missing. */
function start(codec: "json" | "binary") {
  const make = (names: readonly string[]): FakeChannel => {
    const fake = fakeChannel();
    for (const name of names) fake.columns.add({ name, labels: {}, kind: "gauge" });
    return fake;
  };
  const [own, all] = [make(["a", "b"]), make(["b", "c", "a"])];
  const state: { now: FakeChannel; missing: readonly string[] } = { now: own, missing: [] };
  const channel = new Proxy(own.channel, {
    get: (_, name) => {
      if (name === "missingIn") return () => state.missing;
      return Reflect.get(state.now.channel, name, state.now.channel);
    },
  }) satisfies SeriesChannel;
  const views = new ViewRegistry({ epoch: "e", maxViews: 10, lingerMs: 0, logBounds });
  const open = (on: SeriesChannel, merge: "cluster" | "instance") => {
    const view = views.openMetrics(on, { scope: {}, patterns: undefined, stepTicks: 1, merge, codec });
    if (view === undefined) throw new Error("no view");
    view.watchers += 1;
    return view;
  };
  const rebase = () => {
    state.now = all;
    views.rebase(channel, own.channel.tokens);
  };
  return {
    own,
    all,
    state,
    views,
    view: open(channel, "cluster"),
    openOwn: () => open(own.channel, "instance"),
    rebase,
  };
}

describe.each(["json", "binary"] as const)("in %s", (codec) => {
  test("a rebased view goes on with a keyframe of another generation, and chains from there", () => {
    const { own, all, view, rebase } = start(codec);
    own.tick(10, [1, 2]);
    const reader = new FrameReader();
    const first = view.keyframe();
    if (first) reader.read(first.frame);
    own.tick(11, [3, 4]);
    view.build();
    for (const { frame } of view.log.after(10) ?? []) reader.read(frame);
    expect([reader.generation, reader.shown]).toEqual([1, [3, 4]]);
    all.tick(11, [20, 30, 10]);
    rebase();
    expect(view.log.after(10)).toBeUndefined();
    expect(view.headTick).toBe(11);
    const next = view.keyframe();
    if (next) reader.read(next.frame);
    expect([reader.generation, reader.shown]).toEqual([2, [20, 30, 10]]);
    all.tick(12, [21]);
    view.build();
    for (const { frame } of view.log.after(11) ?? []) reader.read(frame);
    expect([reader.tick, reader.shown]).toEqual([12, [21, 30, 10]]);
  });

  test("frames name who is missing, and nobody where nobody is", () => {
    const { own, state, view } = start(codec);
    const reader = new FrameReader();
    own.tick(10, [1, 2]);
    state.missing = ["web-1", "web-2"];
    const first = view.keyframe();
    expect(first && reader.read(first.frame).missing).toEqual(["web-1", "web-2"]);
    const missingAt = (tick: number, missing: readonly string[]) => {
      state.missing = missing;
      own.tick(tick, [tick]);
      view.build();
      const [logged] = view.log.after(tick - 1) ?? [];
      return logged && reader.read(logged.frame).missing;
    };
    expect(missingAt(11, ["web-2"])).toEqual(["web-2"]);
    expect(missingAt(12, [])).toBeUndefined();
    expect(reader.shown).toEqual([12, 2]);
  });

  test("tokens that nobody needs any more are let go of, those of the own views stay", () => {
    const alone = start(codec);
    alone.own.tick(10, [1, 2]);
    alone.rebase();
    expect(alone.own.channel.tokens.bytes).toBe(0);
    const both = start(codec);
    const own = both.openOwn();
    both.own.tick(10, [1, 2]);
    both.rebase();
    expect(both.own.channel.tokens.bytes).toBeGreaterThan(0);
    both.own.tick(11, [5]);
    expect(own.headTick).toBe(11);
    both.views.sweep(1e9);
    both.own.tick(12, [6]);
    expect(own.headTick).toBe(12);
  });
});
