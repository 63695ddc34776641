import { describe, expect, test } from "vitest";
import { formatPosition, parsePosition } from "../position.js";
import { EventWriters, vectorOf, vectorText } from "./event-writers.js";

const epochOf = (number: number) => number.toString(16).padStart(16, "0");

describe("writers of events", () => {
  test("are followed by their numbers, and what is missing between two is known", () => {
    const writers = new EventWriters();
    expect([1, 2, 2, 4, 3].map((n) => writers.note("a", n))).toEqual([
      "next",
      "next",
      "known",
      "gap",
      "known",
    ]);
    expect(writers.get("a")).toEqual({ newest: 4, lostThrough: 3 });
    // Of one that is first heard in its midst, what came before is not here.
    expect(writers.note("b", 9)).toBe("next");
    expect(writers.get("b")).toEqual({ newest: 9, lostThrough: 8 });
  });

  test("are named in a position as far as it has room: those that wrote last", () => {
    const writers = new EventWriters();
    for (let number = 0; number < 2_000; number += 1) writers.note(epochOf(number), 1_000_000_000_000);
    writers.note(epochOf(5), 1);
    const vector = writers.vector();
    expect([vector.size, vector.has(epochOf(1_999)), vector.has(epochOf(0))]).toEqual([32, true, false]);
    expect([...writers]).toHaveLength(1_000);
    const position = formatPosition(vectorText(epochOf(0), vector), 1_000_000_000_000);
    expect(position.length).toBeLessThanOrEqual(1_024);
    expect(vectorOf(parsePosition(position)?.epoch ?? "")).toEqual(vector);
  });

  test.each(["a-b", "a-b-", "a-b-1.5", "a-b--1", "a-b-01", "a-b-1-c", "a-b-1e3"])(
    "a lineage that was never given out, as %s, is none",
    (lineage) => {
      expect(vectorOf(lineage)).toBeUndefined();
    },
  );
});
