import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { Feed } from "../data/feed.js";
import { formatDuration } from "../data/units.js";
import type { Sketch } from "./sketch.js";

interface StatusProps {
  readonly feed: Feed;
  readonly sketch: ReadonlySignal<Sketch | undefined>;
}

interface Word {
  readonly text: string;
  readonly title: string;
  readonly tone: "soft" | "info" | "warn" | "bad";
}

/** What is not as it should be with this chart, and why; nothing where all is well. */
export function Status({ feed, sketch }: StatusProps) {
  // As a text, so that what says the same is not drawn again with every point.
  const words = useComputed(() => JSON.stringify(wordsOf(feed, sketch.value)));
  return (
    <>
      {readWords(words.value).map(({ text, title, tone }) => (
        <span key={text} class={`chip ${tone}`} title={title}>
          {text}
        </span>
      ))}
    </>
  );
}

function readWords(text: string): Word[] {
  return JSON.parse(text);
}

function wordsOf(feed: Feed, sketch: Sketch | undefined): Word[] {
  const { name, reason, missing } = feed.state.value;
  if (name === "failed") return [{ text: "refused", title: `The server refused: ${reason}`, tone: "bad" }];
  const words = sourceWords(feed, sketch);
  if (missing.length > 0) {
    const title = `Not in the newest point: ${missing.join(", ").slice(0, 200)}`;
    words.push({ text: `without ${missing.length}`, title, tone: "warn" });
  }
  if (sketch && sketch.stepMs > feed.metric.intervalMs * 1.5) {
    const step = formatDuration(sketch.stepMs).replace(".0 ", " ");
    words.push({ text: step, title: `One point for each ${step}, with its least and most.`, tone: "soft" });
  }
  return words;
}

const causes: Readonly<Record<string, string>> = {
  failed: "its source failed",
  timeout: "its source did not answer in time",
  garbage: "its source gave what is no value",
  limit: "a limit was reached",
};

function sourceWords(feed: Feed, sketch: Sketch | undefined): Word[] {
  const cause = feed.staleCause();
  if (cause !== undefined) {
    return [{ text: "stale", title: `The value is old: ${causes[cause] ?? cause}.`, tone: "bad" }];
  }
  const isSettled = feed.state.value.name === "live";
  if (isSettled && feed.isAbsent()) {
    return [{ text: "not collected", title: "No source gives this metric now.", tone: "warn" }];
  }
  if (isSettled && sketch?.isEmpty) {
    return [{ text: "no points", title: "There is nothing in this range.", tone: "info" }];
  }
  return [];
}
