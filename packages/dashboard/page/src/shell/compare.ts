import { effect } from "@preact/signals";
import type { Page } from "./page.js";

/** Puts the charts that changed most first, or all back in their places. */
export async function toggleChanges(page: Page): Promise<void> {
  const { changes, metrics, instance, window, span, want } = page;
  if (changes.peek() !== undefined) {
    changes.value = undefined;
    return;
  }
  changes.value = "waiting";
  const { comparisonOf, findChanges } = await import("../data/changes.js");
  const compared = window.peek();
  const comparison = comparisonOf(compared, span.peek());
  const found = await findChanges(metrics.peek() ?? [], instance.peek(), comparison, want);
  const isAsked = changes.peek() === "waiting" && window.peek() === compared;
  changes.value = isAsked ? found : undefined;
}

/** What changed was asked of one range and of one instance; another is another question. Returns what ends it. */
export function forgetChanges({ window, instance, changes }: Page): () => void {
  return effect(() => {
    window.value;
    instance.value;
    changes.value = undefined;
  });
}
