import { expect, test } from "vitest";
import { live, zoomTo } from "./time-window.js";
import { readUrl, type UrlState, writeUrl } from "./url-state.js";

const plain: UrlState = {
  place: "charts",
  search: "",
  window: live(300_000),
  open: "",
  isUtc: false,
  instance: "",
  folded: [],
};

test("the address of a page just opened is as short as can be", () => {
  expect(readUrl("")).toEqual(plain);
  expect(writeUrl(plain)).toBe("");
});

test.each<Partial<UrlState>>([
  { place: "events" },
  { search: 'http_*{a="b&c#d"}' },
  { window: live(3_600_000) },
  { window: live(123_000) },
  { window: zoomTo(live(900_000), { fromMs: 1_700_000_000_000, toMs: 1_700_000_060_000 }) },
  { open: "metrics/a", isUtc: true, instance: "web-2 & 3", folded: ["node cpu", "x"] },
])("%j is what it was after it was shared", (change) => {
  const state = { ...plain, ...change };
  expect(readUrl(writeUrl(state))).toEqual(state);
});

test.each(["#view=nowhere", "#range=soon", "#from=5", "#from=9&to=3", "#from=a&to=b", "%%%"])(
  "%s is as if it were not there",
  (hash) => {
    expect(readUrl(hash)).toEqual(plain);
  },
);
