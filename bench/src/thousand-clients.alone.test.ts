import { expect, test } from "vitest";
import { crowdSize, measureThousandClients } from "./thousand-clients.js";

test("1,000 clients get every frame of 60 s exactly once", { timeout: 150_000 }, async () => {
  const { clients, ticks, frames, lost, duplicated, faults } = await measureThousandClients(60);
  expect({ clients, lost, duplicated, faults }).toEqual({
    clients: crowdSize,
    lost: 0,
    duplicated: 0,
    faults: [],
  });
  expect(ticks).toBeGreaterThanOrEqual(60);
  // All that joined before the 60 s got these, and the keyframe they began with.
  expect(frames).toBeGreaterThanOrEqual(clients * (ticks + 1));
});
