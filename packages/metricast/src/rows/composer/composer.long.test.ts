import { noteFigure } from "@metricast/testkit";
import { expect, test } from "vitest";
import { keptPlans } from "./kept-plans.js";
import { drawPlan, type Plan, printed } from "./plan.js";
import { playRound, type Round } from "./round.js";

// Every day draws others; METRICAST_SEED draws those of another day again, METRICAST_ROUNDS as many as are wished.
const { METRICAST_SEED, METRICAST_ROUNDS = "20" } = process.env;
const first = Number(METRICAST_SEED ?? `${new Date().toISOString().slice(0, 10).replaceAll("-", "")}00`);
const drawn = Array.from({ length: Number(METRICAST_ROUNDS) }, (_, at) => drawPlan(first + at, 8_000));
const healMs = 30_000;

test("several faults at once: afterwards nobody misses anything that was not declared missing", {
  timeout: 3_600_000,
}, async ({ task }) => {
  const rounds: Round[] = [];
  const failures: unknown[] = [];
  for (const plan of [...keptPlans, ...drawn]) {
    // One that fails says what is to be added to kept-plans.ts; the others are played all the same.
    await playRound(plan, { healMs }).then(
      (round) => {
        rounds.push(round);
        if (round.healedMs > 10_000) failures.push([printed(plan), `whole after ${round.healedMs} ms`]);
      },
      ({ message, cause }) => failures.push([message, String(cause)]),
    );
  }
  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  const healedMs = Math.max(...rounds.map((round) => round.healedMs));
  const stepped = [...keptPlans, ...drawn].filter(({ parts }) =>
    parts.some(({ place }) => place === "the wall clock"),
  ).length;
  noteFigure(
    task,
    `${rounds.length} rounds from seed ${first}, the clock stepping in ${stepped}, ${sum(({ clients }) => clients)} charts through ws, uWS and streams of both: 0 ticks lost, doubled or wrong; whole after ${(healedMs / 1_000).toFixed(1)} s at most`,
  );
  expect(failures).toEqual([]);
});

test("twin: without heartbeats a network that went silent is never noticed, and the round is printed as it is to be kept", async () => {
  const silent: Plan = {
    seed: 1,
    doors: ["uWS", "ws"],
    parts: [{ place: "the network before a", what: "silent for good", fromMs: 0, toMs: 100 }],
  };
  const options = "heartbeatMs: 300_000, deadAfterMs: 900_000,";
  const { message, cause } = await playRound(silent, { healMs: 10_000, options }).catch((error) => error);
  expect(String(cause)).toContain("not within");
  const kept: Plan = JSON.parse(message.slice(message.indexOf("{")));
  expect(kept).toEqual(silent);
  expect(await playRound(kept, { healMs })).toMatchObject({ clients: 12 });
});
