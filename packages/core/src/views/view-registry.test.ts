import { describe, expect, test } from "vitest";
import { fakeChannel, fakeEvents } from "../sessions/testing/fake-channel.js";
import { SelectError } from "./select.js";
import { ViewRegistry, type ViewWish } from "./view-registry.js";

function registry({ maxViews = 100, lingerMs = 10_000 } = {}) {
  return new ViewRegistry({ epoch: "e", maxViews, lingerMs, logBounds: { maxFrames: 10, maxBytes: 1_000 } });
}

const wish = (change: Partial<ViewWish> = {}): ViewWish => ({
  scope: {},
  patterns: ["a*"],
  stepTicks: 1,
  merge: "cluster",
  ...change,
});

describe("equal wishes get one view", () => {
  test("however they are written", () => {
    const views = registry();
    const { channel } = fakeChannel();
    const view = views.openMetrics(
      channel,
      wish({ patterns: ["b", 'a*{y="2",x="1"}'], scope: { t: "1", s: "2" } }),
    );
    expect(view).toBeDefined();
    expect(
      views.openMetrics(
        channel,
        wish({ patterns: ['a*{x="1", y="2"}', "b", "b"], scope: { s: "2", t: "1" } }),
      ),
    ).toBe(view);
    expect(views.count).toBe(1);
  });

  test("and each part of the key tells views apart", () => {
    const views = registry();
    const [one, other] = [fakeChannel(), fakeChannel({ name: "other" })];
    const made = [
      views.openMetrics(one.channel, wish()),
      views.openMetrics(other.channel, wish()),
      views.openMetrics(one.channel, wish({ patterns: ["a"] })),
      views.openMetrics(one.channel, wish({ patterns: undefined })),
      views.openMetrics(one.channel, wish({ stepTicks: 10 })),
      views.openMetrics(one.channel, wish({ merge: "instance" })),
      views.openMetrics(one.channel, wish({ scope: { t: "1" } })),
      views.openMetrics(one.channel, wish({ scope: { t: "2" } })),
      views.openEvents(fakeEvents(), ["a*"]),
    ];
    expect(new Set(made).size).toBe(made.length);
    expect(new Set(made.map((view) => view?.number)).size).toBe(made.length);
  });

  test("a scope cannot be imitated by a pattern", () => {
    const views = registry();
    const { channel } = fakeChannel();
    const scoped = views.openMetrics(channel, wish({ patterns: ["a"], scope: { t: "1" } }));
    expect(views.openMetrics(channel, wish({ patterns: ['a{t="1"}'] }))).not.toBe(scoped);
  });
});

describe("the limit", () => {
  test("holds for both kinds together; what is open is given all the same", () => {
    const views = registry({ maxViews: 2 });
    const { channel } = fakeChannel();
    const view = views.openMetrics(channel, wish());
    expect(views.openEvents(fakeEvents(), ["a"])).toBeDefined();
    expect(views.openMetrics(channel, wish({ patterns: ["b"] }))).toBeUndefined();
    expect(views.openEvents(fakeEvents(), ["b"])).toBeUndefined();
    expect(views.openMetrics(channel, wish())).toBe(view);
    expect(views.count).toBe(2);
  });

  test("a malformed pattern is an error, and opens nothing", () => {
    const views = registry();
    expect(() => views.openMetrics(fakeChannel().channel, wish({ patterns: ["("] }))).toThrow(SelectError);
    expect(() => views.openEvents(fakeEvents(), ["("])).toThrow(SelectError);
    expect(views.count).toBe(0);
  });

  test("a condition on events, which have no labels, is an error, whatever stands beside it", () => {
    const views = registry();
    for (const patterns of [['a{zone=""}'], ["a", 'b*{zone!="x"}'], ['a{zone="{"}']]) {
      expect(() => views.openEvents(fakeEvents(), patterns)).toThrow(SelectError);
    }
    expect(views.count).toBe(0);
    expect(views.openEvents(fakeEvents(), ["a{}"])?.select).toEqual(["a"]);
  });
});

describe("views that nobody watches", () => {
  test("go after they lingered, and come again under another number", () => {
    const views = registry();
    const { channel } = fakeChannel();
    const view = views.openMetrics(channel, wish());
    const events = views.openEvents(fakeEvents(), ["a"]);
    if (!view || !events) throw new Error("no view");
    view.idleSinceMs = 1_000;
    events.idleSinceMs = 1_000;
    views.sweep(10_999);
    expect(views.count).toBe(2);
    views.sweep(11_000);
    expect(views.count).toBe(0);
    expect(views.openMetrics(channel, wish())?.number).toBeGreaterThan(events.number);
  });

  test("stay while they are watched", () => {
    const views = registry();
    const view = views.openMetrics(fakeChannel().channel, wish());
    if (!view) throw new Error("no view");
    view.watchers = 1;
    views.sweep(1e9);
    expect(views.count).toBe(1);
    expect(views.watched("metrics")).toEqual([view]);
    expect(views.watched("other")).toEqual([]);
    expect(views.isWatched("metrics")).toBe(true);
    view.watchers = 0;
    expect(views.watched("metrics")).toEqual([]);
    expect(views.isWatched("metrics")).toBe(false);
  });

  test("make a channel wanted while they are watched, and as long after as they stay", () => {
    const views = registry();
    const view = views.openMetrics(fakeChannel().channel, wish());
    if (!view) throw new Error("no view");
    view.watchers = 1;
    expect(views.isWanted("metrics", 1e9)).toBe(true);
    expect(views.isWanted("other", 1e9)).toBe(false);
    view.watchers = 0;
    view.idleSinceMs = 1_000;
    expect([10_999, 11_000].map((nowMs) => views.isWanted("metrics", nowMs))).toEqual([true, false]);
  });

  test("take the tokens of their step along, but not those others share", () => {
    const views = registry({ lingerMs: 0 });
    const { channel, columns, tick } = fakeChannel();
    columns.add({ name: "a", labels: {}, kind: "gauge" });
    tick(20, [1]);
    const fine = views.openMetrics(channel, wish());
    const coarse = views.openMetrics(channel, wish({ stepTicks: 10 }));
    const alike = views.openMetrics(channel, wish({ stepTicks: 10, patterns: ["b"] }));
    if (!fine || !coarse || !alike) throw new Error("no view");
    alike.watchers = 1;
    expect(coarse.tokens).toBe(alike.tokens);
    views.sweep(1);
    expect(channel.tokens.json(10)).toBe(alike.tokens);
    expect(channel.tokens.json(1)).not.toBe(fine.tokens);
  });
});

test("bytes of all logs are counted", () => {
  const views = registry();
  const { channel, columns, tick } = fakeChannel();
  columns.add({ name: "a", labels: {}, kind: "gauge" });
  const view = views.openMetrics(channel, wish());
  tick(1, [1]);
  view?.build();
  expect(views.logBytes).toBe(0);
  tick(2, [2]);
  view?.build();
  expect(views.logBytes).toBe(view?.log.bytes);
  expect(views.logBytes).toBeGreaterThan(0);
});
