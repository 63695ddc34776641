import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** The kernel counts in hundredths of a second. */
const jiffyMs = 10;

/** How long a core has worked since it was started; undefined where the system does not tell. */
export function coreBusyMs(core: number | undefined): number | undefined {
  if (core === undefined) return undefined;
  try {
    const line = readFileSync("/proc/stat", "utf8")
      .split("\n")
      .find((text) => text.startsWith(`cpu${core} `));
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
      line?.split(/\s+/).slice(1).map(Number) ?? [];
    return line === undefined ? undefined : (user + nice + system + irq + softirq + steal) * jiffyMs;
  } catch {
    return undefined;
  }
}

/** Waits for others to leave the core alone, for a while at most. */
export async function untilQuiet(core: number | undefined, patienceMs: number): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (performance.now() < endMs) {
    const before = coreBusyMs(core);
    await sleep(100);
    const after = coreBusyMs(core);
    if (before === undefined || after === undefined || after - before <= jiffyMs) return;
  }
}
