import { backToLive, live, pan, ranges, zoomBy } from "../data/time-window.js";
import type { Place } from "../data/url-state.js";
import { toggleChanges } from "./compare.js";
import type { Page } from "./page.js";
import { togglePause } from "./toolbar.js";

const placeKeys: Readonly<Record<string, Place>> = { c: "charts", o: "overview", e: "events", m: "own" };

/** Keys of the whole page. Returns what ends it. */
export function listenToKeys(page: Page, searchBox: () => HTMLInputElement | null): () => void {
  const heard = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event.target)) return leaveSearch(event, page);
    if (act(event, page, searchBox)) event.preventDefault();
  };
  addEventListener("keydown", heard);
  return () => removeEventListener("keydown", heard);
}

function leaveSearch({ key, target }: KeyboardEvent, { search }: Page): void {
  if (key !== "Escape" || !(target instanceof HTMLElement)) return;
  if (target instanceof HTMLInputElement && target.value === "") target.blur();
  else search.value = "";
}

/** Whether the key was one of ours. */
function act(event: KeyboardEvent, page: Page, searchBox: () => HTMLInputElement | null): boolean {
  const { key, shiftKey, target } = event;
  const { window, edgeMs, theme, isUtc, isHelpOpen, place, isDark } = page;
  const range = ranges[Number(key) - 1];
  const now = edgeMs.peek();
  const { fromMs, toMs } = page.span.peek();
  if (isHelpOpen.peek()) return false;
  if (key === "/") searchBox()?.focus();
  else if (key === "?") isHelpOpen.value = true;
  else if (key === " " && !isControl(target)) togglePause(page);
  else if (key === "l") window.value = backToLive(window.peek());
  else if (range) window.value = live(range.rangeMs);
  else if (key === "ArrowLeft" && shiftKey) window.value = pan(window.peek(), -0.5, now);
  else if (key === "ArrowRight" && shiftKey) window.value = pan(window.peek(), 0.5, now);
  else if (key === "+" || key === "=") window.value = zoomBy(window.peek(), 0.5, (fromMs + toMs) / 2, now);
  else if (key === "-") window.value = zoomBy(window.peek(), 2, (fromMs + toMs) / 2, now);
  else if (key === "w") void toggleChanges(page);
  else if (key === "t") theme.value = isDark.peek() ? "light" : "dark";
  else if (key === "u") isUtc.value = !isUtc.peek();
  else if (key in placeKeys) place.value = placeKeys[key] ?? "charts";
  else if (key === "Escape") page.open.value = "";
  else return false;
  return true;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, select, textarea");
}

/** Space presses a button that has the focus. */
function isControl(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("button, a, summary");
}
