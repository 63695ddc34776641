import { noteFigure } from "@metricast/testkit";
import { expect, test } from "vitest";
import { playRound, type Round } from "./round.js";
import { everyMs, Scene } from "./scene.js";

// Every day draws others; METRICAST_SEED draws those of another day again, METRICAST_ROUNDS as many as are wished.
const { METRICAST_SEED, METRICAST_ROUNDS = "20" } = process.env;
const first = Number(METRICAST_SEED ?? `${new Date().toISOString().slice(0, 10).replaceAll("-", "")}00`);
/** Seeds that once found something. */
const kept: readonly number[] = [];
const seeds = [...kept, ...Array.from({ length: Number(METRICAST_ROUNDS) }, (_, at) => first + at)];

test("several faults at once: afterwards nobody misses anything that was not declared missing", {
  timeout: 3_600_000,
}, async ({ task }) => {
  const rounds: Round[] = [];
  for (const seed of seeds) {
    const round = await playRound({ seed, harmMs: 8_000, healMs: 30_000 });
    console.log(
      `${round.story}; whole after ${(round.healedMs / 1_000).toFixed(1)} s, declared ${round.declared}`,
    );
    expect(round.faults, round.story).toBe(0);
    rounds.push(round);
  }
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const healedMs = Math.max(...rounds.map((round) => round.healedMs));
  noteFigure(
    task,
    `${rounds.length} rounds from seed ${first}, ${sum(({ clients }) => clients)} charts: 0 lost, doubled or wrong, ${sum(({ declared }) => declared)} ticks declared missing; whole after ${(healedMs / 1_000).toFixed(1)} s at most`,
  );
  expect(healedMs).toBeLessThan(10_000);
});

test("twin: an instance whose Redis never comes back is noticed", async () => {
  const scene = await Scene.open();
  try {
    for (const { back } of scene.posts) back.mode = "blackhole";
    const shown = scene.leastShown();
    const later = () => scene.leastShown() > shown + 3_000 / everyMs;
    await expect(scene.agreed(later, 15_000)).rejects.toThrow("the instances differ");
  } finally {
    await scene.close();
  }
});
