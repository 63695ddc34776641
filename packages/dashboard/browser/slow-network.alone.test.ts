import type { CDPSession, Page } from "playwright-core";
import { expect } from "vitest";
import { untilDrawn, untilState } from "./charts.js";
import { watching } from "./stage.js";

/** Numbers that no codec makes small. */
function noise(): object[] {
  return Array.from({ length: 3_000 }, (_, at) => ({
    name: `noise_${Math.floor(at / 250)}`,
    value: Math.random() * 1e6,
    labels: { line: String(at % 250) },
  }));
}

const test = watching({
  intervalMs: 200,
  defaultSources: false,
  sources: [() => noise() as never],
});

test("a slow network: the page says that it is behind or coarse, and is live again when the network is", async ({
  open,
}) => {
  const { page } = await open("#range=30s");
  await untilState(page, "live");
  await untilDrawn(page, "noise_0", 3);
  const cdp = await page.context().newCDPSession(page);
  await throttle(cdp, 2_000);
  await untilBehind(page);
  await throttle(cdp, -1);
  await page.waitForFunction(
    () => document.querySelector("[data-testid=connection]")?.getAttribute("data-state") === "live",
  );
  await expect.poll(() => wordsOf(page), { timeout: 15_000 }).not.toMatch(behind);
}, 60_000);

const behind = /coarse|catching up|last values|stale/;

async function wordsOf(page: Page): Promise<string> {
  const chips = await page.locator("figure .chip").allTextContents();
  return [await page.getByTestId("connection").textContent(), ...chips].join(" ");
}

async function untilBehind(page: Page): Promise<void> {
  await expect.poll(() => wordsOf(page), { timeout: 25_000 }).toMatch(behind);
}

/** Bytes a second both ways, -1 for as many as there are. Chromium slows sockets that are open already too. */
async function throttle(cdp: CDPSession, bytesPerSecond: number): Promise<void> {
  const rates = { downloadThroughput: bytesPerSecond, uploadThroughput: bytesPerSecond };
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: 20, ...rates });
}
