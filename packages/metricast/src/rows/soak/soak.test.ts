import { describe, test } from "vitest";
import { doors } from "../faults/door.js";
import { Soak } from "./soak.js";

describe.each(doors)("through $name", (door) => {
  test(
    "F24: a minute of clients that come, go, stop reading and send nonsense, over a Redis that is killed and stopped: ledger 0, memory flat",
    {
      timeout: 240_000,
    },
    ({ task }) =>
      Soak.run(task, {
        door,
        seed: 1,
        clients: 100,
        durationMs: 60_000,
        restartEveryMs: 20_000,
        pauseEveryMs: 25_000,
      }),
  );
});
