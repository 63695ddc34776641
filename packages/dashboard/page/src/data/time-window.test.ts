import { describe, expect, test } from "vitest";
import {
  backToLive,
  everyMsFor,
  live,
  maxRows,
  pan,
  pause,
  pointsFor,
  ranges,
  spanOf,
  zoomBy,
  zoomTo,
} from "./time-window.js";

const edge = 1_700_000_000_000;
const start = live(300_000);

test("a live window ends at the newest point", () => {
  expect(spanOf(start, edge)).toEqual({ fromMs: edge - 300_000, toMs: edge });
});

describe("a zoom", () => {
  test("stands still and knows what to go back to", () => {
    const zoomed = zoomTo(start, { fromMs: edge - 60_000, toMs: edge - 30_000 });
    expect(spanOf(zoomed, edge + 99)).toMatchObject({ fromMs: edge - 60_000, toMs: edge - 30_000 });
    expect(backToLive(zoomed)).toEqual(start);
  });

  test("is never shorter than what can be told apart", () => {
    const { fromMs, toMs } = spanOf(zoomTo(start, { fromMs: edge, toMs: edge }), edge);
    expect(toMs - fromMs).toBe(5_000);
    expect((fromMs + toMs) / 2).toBe(edge);
  });

  test("around a moment keeps it where it is, and does not pass the newest point", () => {
    const around = edge - 150_000;
    const { fromMs, toMs } = spanOf(zoomBy(start, 0.5, around, edge), edge);
    expect([fromMs, toMs]).toEqual([edge - 225_000, edge - 75_000]);
    expect(spanOf(zoomBy(start, 2, edge - 300_000, edge), edge).toMs).toBe(edge);
  });
});

describe("panning", () => {
  test("goes back by a share of what is shown", () => {
    expect(spanOf(pan(start, -0.5, edge), edge)).toMatchObject({
      fromMs: edge - 450_000,
      toMs: edge - 150_000,
    });
  });

  test("ends at the newest point", () => {
    const back = pan(start, -0.1, edge);
    expect(spanOf(pan(back, 5, edge), edge).toMs).toBe(edge);
    expect(pan(start, 1, edge)).toBe(start);
  });
});

test("a pause holds what was shown", () => {
  const paused = pause(start, edge);
  expect(paused).toMatchObject({ mode: "fixed", isPaused: true, fromMs: edge - 300_000, toMs: edge });
  expect(spanOf(paused, edge + 60_000)).toMatchObject({ toMs: edge });
});

describe("the step of a live chart", () => {
  test.each(ranges)("leaves room for all rows of $label", ({ rangeMs }) => {
    const everyMs = everyMsFor(rangeMs, 1_000);
    expect(rangeMs / everyMs).toBeLessThanOrEqual(maxRows);
  });

  test("is the interval for as long as that has room", () => {
    expect(everyMsFor(15 * 60_000, 1_000)).toBe(1_000);
    expect(everyMsFor(3_600_000, 1_000)).toBeGreaterThan(1_000);
    expect(everyMsFor(300_000, 100)).toBe(100);
    expect(everyMsFor(900_000, 100)).toBeGreaterThan(100);
    expect(everyMsFor(86_400_000, 5_000)).toBeLessThan(60_000);
  });
});

test("a chart asks for as many points as it has pixels", () => {
  expect(pointsFor(412.4)).toBe(412);
  expect(pointsFor(0)).toBe(60);
  expect(pointsFor(9_999)).toBe(1_200);
});
