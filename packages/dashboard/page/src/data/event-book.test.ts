import { expect, test } from "vitest";
import { EventBook, eventText } from "./event-book.js";

const event = (atMs: number) => ({ id: `e-${atMs}`, type: "t", atMs, data: null, channel: "events" });

test("events stand in the order of time, whichever came first", () => {
  const book = new EventBook();
  for (const atMs of [3, 1, 2]) book.add(event(atMs));
  expect(book.all.map(({ atMs }) => atMs)).toEqual([1, 2, 3]);
  expect(book.between(2, 3)).toHaveLength(2);
});

test("the oldest go when there are too many", () => {
  const book = new EventBook();
  for (let k = 0; k < 2_100; k++) book.add(event(k));
  expect(book.all).toHaveLength(2_000);
  expect(book.all[0]?.atMs).toBe(100);
});

test("what an event says is text of bounded length", () => {
  expect(eventText({ data: { a: "<b>" } })).toBe('{"a":"<b>"}');
  expect(eventText({ data: "x".repeat(10_000) })).toHaveLength(2_001);
  expect(eventText({ data: null })).toBe("");
});
