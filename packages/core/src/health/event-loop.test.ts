import { afterEach, expect, it } from "vitest";
import { EventLoopDelay } from "./event-loop.js";

const delay = new EventLoopDelay();
afterEach(() => delay.close());

it("sees a blocked event loop, and holds no handle", async () => {
  const before = process.getActiveResourcesInfo().length;
  expect(delay.read()).toBeUndefined();
  expect(process.getActiveResourcesInfo()).toHaveLength(before);
  await turn();
  const endMs = performance.now() + 150;
  while (performance.now() < endMs);
  await turn();
  const read = delay.read();
  expect(read?.maxMs).toBeGreaterThan(100);
  expect(read?.p50Ms).toBeGreaterThanOrEqual(0);
  expect(read?.p99Ms).toBeLessThanOrEqual(read?.maxMs ?? 0);
});

/** Long enough for the monitor to look: it looks every 20 ms. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
