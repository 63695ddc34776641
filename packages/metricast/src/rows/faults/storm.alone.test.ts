import { describe, test } from "vitest";
import { doors } from "./door.js";
import { storm } from "./storm.js";

describe.each(doors)("through $name", (door) => {
  test(
    "F19: 1,000 clients that lose their sockets at once are all back in their time",
    { timeout: 300_000 },
    ({ task }) => storm(task, { door, clients: 1_000, windowMs: 3_000, patience: 5 }),
  );
});
