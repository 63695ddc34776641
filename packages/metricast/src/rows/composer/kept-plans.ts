import type { Plan } from "./plan.js";

/** Rounds that are always played: the first, and each that once found something, as it was printed. */
export const keptPlans: readonly Plan[] = [
  {
    seed: 107,
    doors: ["ws", "uWS"],
    parts: [
      { place: "service a", what: "stopped", fromMs: 1_045, toMs: 2_032 },
      { place: "Redis", what: "killed, and back empty", fromMs: 503, toMs: 908 },
      { place: "service b", what: "computes", fromMs: 220, toMs: 1_153 },
      { place: "the network before a", what: "latency", fromMs: 850, toMs: 2_750 },
      { place: "the wall clock", what: "an hour forward, and back", fromMs: 300, toMs: 2_400 },
    ],
  },
  // The other instance missed the clock's step, and then everything up to the next keyframe.
  {
    seed: 322,
    doors: ["uWS", "ws"],
    parts: [
      { place: "strangers at b", what: "send nonsense", fromMs: 1_248, toMs: 2_284 },
      { place: "the network between b and Redis", what: "swallowDown", fromMs: 431, toMs: 6_955 },
      { place: "the wall clock", what: "an hour forward, and back", fromMs: 2_994, toMs: 3_252 },
    ],
  },
];
