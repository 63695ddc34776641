import { describe, test } from "vitest";
import { doors } from "./door.js";
import { storm } from "./storm.js";

describe.each(doors)("through $name", (door) => {
  test(
    "F19: 5,000 clients that lose their sockets at once are all back in their time",
    { timeout: 600_000 },
    ({ task }) => storm(task, { door, clients: 5_000, windowMs: 10_000, patience: 1 }),
  );
});
