import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

const silent = [
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
];
/** A tab that is not in front must be as fast as any: what the page does when hidden is its own decision. */
const awake = ["--disable-renderer-backgrounding", "--disable-background-timer-throttling"];

/** Debian's own Chromium, without a window. */
export function launch(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} is missing: sudo apt-get install chromium, or set CHROMIUM`);
  }
  const args = ["--no-sandbox", "--disable-gpu", "--no-first-run", ...silent, ...awake];
  return chromium.launch({ executablePath, args });
}

/** What a page must never have said. */
export interface Complaints {
  readonly console: string[];
  readonly policy: string[];
  readonly errors: string[];
}

/** Nothing to complain about. */
export const quiet: Complaints = { console: [], policy: [], errors: [] };

export interface OpenedPage {
  readonly page: Page;
  readonly complaints: Complaints;
}

/** A page of its own, with a profile of its own. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: Complaints = { console: [], policy: [], errors: [] };
  page.on("pageerror", (error) => complaints.errors.push(String(error.stack ?? error)));
  page.on("console", (message) => {
    if (message.type() !== "error") return;
    // Chromium notes every connection that could not be made; a page can do nothing about that line.
    if (!/ERR_CONNECTION_REFUSED|WebSocket connection to/.test(message.text()))
      complaints.console.push(message.text());
  });
  await page.exposeFunction("reportViolation", (text: string) => complaints.policy.push(text));
  // What tsx puts around functions that have a name, in scripts that are no test.
  await page.addInitScript("globalThis.__name = (named) => named;");
  await page.addInitScript(watchPage);
  return { page, complaints };
}

/** Runs in the page, before anything else: notes violations of the policy and long tasks. */
function watchPage(): void {
  document.addEventListener("securitypolicyviolation", (event) => {
    const report: unknown = Reflect.get(window, "reportViolation");
    const text = `${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`;
    if (typeof report === "function") report(text);
  });
  const longTasks: number[] = [];
  Reflect.set(window, "longTasks", longTasks);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTasks.push(Math.round(duration));
  }).observe({ type: "longtask", buffered: true });
}

/** Durations of tasks over 50 ms since this was asked last. */
export function takeLongTasks(page: Page): Promise<number[]> {
  return page.evaluate(() => {
    const noted: unknown = Reflect.get(window, "longTasks");
    return Array.isArray(noted) ? noted.splice(0).map(Number) : [];
  });
}
