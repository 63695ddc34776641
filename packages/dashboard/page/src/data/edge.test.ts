import { expect, test } from "vitest";
import { Edge } from "./edge.js";

test("is at the newest frame while frames come, and goes on when they stop", () => {
  const edge = new Edge();
  edge.frame(10_000, 10_020, 1_000);
  expect(edge.at(10_900)).toBe(10_000);
  expect(edge.isLate(10_900)).toBe(false);
  expect(edge.at(15_020)).toBe(15_000);
  expect(edge.isLate(15_020)).toBe(true);
  expect(edge.ageMs(15_020)).toBe(5_000);
});

test("goes by the server's clock, whatever this machine's says", () => {
  const edge = new Edge();
  edge.frame(1_000_000, 400_000, 1_000);
  edge.frame(1_001_000, 401_500, 1_000);
  expect(edge.ageMs(402_000)).toBe(1_000);
  expect(edge.at(405_000)).toBe(1_005_000);
});

test("does not go back with a frame of a coarser step", () => {
  const edge = new Edge();
  edge.frame(65_000, 65_000, 1_000);
  edge.frame(60_000, 65_100, 1_000);
  expect(edge.at(65_200)).toBe(65_000);
});

test("is not late for frames that nobody promised", () => {
  const edge = new Edge();
  edge.frame(10_000, 10_000);
  expect(edge.isLate(70_000)).toBe(false);
  edge.frame(71_000, 71_000, 1_000);
  edge.frame(72_000, 72_000);
  expect(edge.isLate(76_000)).toBe(true);
});

test("before the first frame it is this machine's time, and no age is known", () => {
  const edge = new Edge();
  expect(edge.at(5)).toBe(5);
  expect(edge.ageMs(5)).toBeNaN();
});
