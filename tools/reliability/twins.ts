/** Rows that prove a protection, and where its twin is: the same fault with the protection off. */
export const twins: ReadonlyMap<string, string> = new Map([
  ["F1", "packages/core/src/sessions/heartbeat.test.ts"],
  ["F2", "packages/metricast/src/rows/faults/twins.long.test.ts"],
  ["F3", "packages/metricast/src/rows/faults/twins.long.test.ts"],
  ["F4", "packages/metricast/src/behaviour/process-end.test.ts"],
  ["F6", "packages/metricast/src/rows/faults/twins.test.ts"],
  ["F7", "packages/metricast/src/rows/host-contract.test.ts"],
  ["F8", "packages/metricast/src/rows/faults/host-process.test.ts"],
  ["F12", "packages/metricast/src/rows/faults/twins.long.test.ts"],
  ["F14", "packages/metricast/src/rows/faults/twins.test.ts"],
  ["F15", "packages/metricast/src/rows/faults/twins.long.test.ts"],
  ["F16", "packages/metricast/src/rows/faults/half-open.test.ts"],
  ["F17", "packages/transport-ws/src/reset.test.ts"],
  ["F18", "packages/metricast/src/rows/faults/network.test.ts"],
  ["F21", "packages/metricast/src/rows/faults/network.test.ts"],
  ["F22", "packages/metricast/src/rows/faults/network.test.ts"],
  ["F26", "packages/store-redis/src/faults.alone.test.ts"],
  ["F28", "packages/store-redis/src/faults.alone.test.ts"],
  ["F29", "packages/store-redis/src/faults.alone.test.ts"],
  ["F30", "packages/store-redis/src/faults.alone.test.ts"],
]);

/** Rows that have none, and why: there is nothing of metricast that could be off. */
export const withoutTwin: ReadonlyMap<string, string> = new Map([]);

/** Rows that are still looked at: they become one or the other. */
export const undecided: ReadonlySet<string> = new Set(
  [5, 9, 10, 11, 13, 19, 20, 23, 24, 25, 27, 31, 32, 33, 34, 35, 36, 37, 38].map((number) => `F${number}`),
);
