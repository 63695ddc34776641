import { expect, vi } from "vitest";
import { chart, untilDrawn } from "./charts.js";
import { quiet } from "./chromium.js";
import { watching } from "./stage.js";

const markup = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
const rtl = "\u202Egnp.exe\u202C \u2066mixed\u2069 \u200F";
const long = "<b>x</b>".repeat(1_250);
const values = [markup, rtl, long, `" onmouseover="x`, "javascript:alert(1)", "{{7*7}}", "line\nbreak\u0000"];

vi.setConfig({ testTimeout: 60_000 });

const hostile = () =>
  values.map((value, at) => ({
    name: "hostile",
    value: at + 1,
    labels: { text: value },
    help: markup,
    unit: "<u>",
  }));

const test = watching({
  sources: [hostile, { name: markup, read: () => Promise.reject(new Error(markup)) }],
});

test("names, labels, help, sources and events full of markup are text, whatever is opened", async ({
  open,
  service,
}) => {
  const { page, complaints } = await open();
  await untilDrawn(page, "hostile", 2);
  service.cast.event("release", { note: markup, long, rtl });
  const figure = chart(page, "hostile");
  await figure.scrollIntoViewIfNeeded();
  await figure.locator(".u-over").hover({ position: { x: 50, y: 30 } });
  await figure.getByTestId("table").click();
  await figure.locator("table").waitFor();
  expect(await figure.textContent()).toContain("<img src=x");
  for (const place of ["overview", "events", "own"]) {
    await page.goto(`${page.url().split("#")[0]}#view=${place}`);
    await page.locator("main").waitFor();
  }
  await page.goto(
    `${page.url().split("#")[0]}#q=${encodeURIComponent(markup)}&open=${encodeURIComponent(markup)}`,
  );
  await page.getByTestId("search").waitFor();
  expect(await page.title()).not.toBe("owned");
  expect(await page.locator("img, main script, [onerror], [onmouseover]").count()).toBe(0);
  // Nothing pushes the page wider than its window.
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(complaints).toEqual(quiet);
});
