import type { BrowserContext, BrowserContextOptions } from "playwright-core";
import { test } from "vitest";
import { launch, newPage, type OpenedPage } from "./chromium.js";
import { type WatchedOptions, WatchedService } from "./watched-service.js";

/** Opens the service's page, at a place that a hash names. */
export type Open = (hash?: string, options?: BrowserContextOptions) => Promise<OpenedPage>;

/** For tests in a browser, one for all of a file. */
export const browserTest = test
  .extend("chromium", { scope: "file" }, { launch })
  .extend("browser", { scope: "file" }, async ({ chromium }, { onCleanup }) => {
    const browser = await chromium.launch();
    onCleanup(() => browser.close());
    return browser;
  });

/** The same with a service to watch, one for all of a file. The pages that a test opens are closed with it. */
export function watching(options: WatchedOptions = {}) {
  return browserTest
    .extend("watched", { scope: "file" }, options)
    .extend("service", { scope: "file" }, async ({ watched }, { onCleanup }) => {
      const service = await WatchedService.start(watched);
      onCleanup(() => service.stop());
      return service;
    })
    .extend("open", async ({ browser, service }, { onCleanup }): Promise<Open> => {
      const contexts: BrowserContext[] = [];
      onCleanup(() => closeAll(contexts));
      return async (hash = "", contextOptions = {}) => {
        const opened = await newPage(browser, contextOptions);
        contexts.push(opened.page.context());
        await opened.page.goto(`${service.url}${hash}`);
        return opened;
      };
    });
}

async function closeAll(contexts: readonly BrowserContext[]): Promise<void> {
  for (const context of contexts) await context.close();
}
