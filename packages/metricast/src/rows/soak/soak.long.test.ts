import { describe, test } from "vitest";
import { doors } from "../faults/door.js";
import { Soak } from "./soak.js";

describe.each(doors)("through $name", (door) => {
  test(
    "F24: half an hour of a thousand clients that come, go, stop reading and send nonsense, over a Redis that is killed and stopped: ledger 0, memory flat",
    {
      timeout: 2_400_000,
    },
    ({ task }) =>
      Soak.run(task, {
        door,
        seed: 1,
        clients: 1_000,
        durationMs: 1_800_000,
        restartEveryMs: 300_000,
        pauseEveryMs: 180_000,
      }),
  );
});
