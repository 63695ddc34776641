import type { Feed } from "../data/feed.js";
import { formatDuration } from "../data/units.js";
import type { Page } from "../shell/page.js";
import type { Sketch } from "./sketch.js";

interface StatusProps {
  readonly page: Page;
  readonly feed: Feed;
  readonly sketch: Sketch | undefined;
}

interface Word {
  readonly text: string;
  readonly title: string;
  readonly tone: "info" | "warn" | "bad";
}

/** What is not as it should be with this chart, and why; nothing where all is well. */
export function Status({ page, feed, sketch }: StatusProps) {
  const words = wordsOf({ page, feed, sketch });
  return (
    <>
      {words.map(({ text, title, tone }) => (
        <span key={text} class={`chip ${tone}`} title={title}>
          {text}
        </span>
      ))}
    </>
  );
}

function wordsOf({ page, feed, sketch }: StatusProps): Word[] {
  const { name, quality, reason, missing } = feed.state.value;
  const words: Word[] = [];
  if (name === "failed") return [{ text: "refused", title: `The server refused: ${reason}`, tone: "bad" }];
  if (page.connection.value.name !== "live")
    words.push({ text: "disconnected", title: "No connection: nothing new can come.", tone: "bad" });
  else if (name === "loading")
    words.push({ text: "loading", title: "Points of the past are on their way.", tone: "info" });
  words.push(...qualityWords(quality, reason), ...sourceWords(feed, sketch));
  if (missing.length > 0)
    words.push({
      text: `without ${missing.length}`,
      title: `Not in it: ${missing.join(", ").slice(0, 200)}`,
      tone: "warn",
    });
  if (sketch && sketch.stepMs > feed.metric.intervalMs * 1.5) {
    words.push({
      text: formatStep(sketch.stepMs),
      title: `One point for each ${formatStep(sketch.stepMs)}, with its least and most.`,
      tone: "info",
    });
  }
  return words;
}

function qualityWords(quality: string, reason: string): Word[] {
  const because = reason === "shed" ? "the server is short of time" : "this connection is slow";
  if (quality === "catching_up")
    return [{ text: "catching up", title: `Points were missed and follow: ${because}.`, tone: "warn" }];
  if (quality === "coarse")
    return [{ text: "coarse", title: `Fewer points than there were: ${because}.`, tone: "warn" }];
  if (quality === "last_values")
    return [{ text: "last values", title: `Only newest values come: ${because}.`, tone: "bad" }];
  return [];
}

const causes: Readonly<Record<string, string>> = {
  failed: "its source failed",
  timeout: "its source did not answer in time",
  garbage: "its source gave what is no value",
  limit: "a limit was reached",
};

function sourceWords(feed: Feed, sketch: Sketch | undefined): Word[] {
  const cause = feed.staleCause();
  if (cause !== undefined)
    return [{ text: "stale", title: `The value is old: ${causes[cause] ?? cause}.`, tone: "bad" }];
  const isSettled = feed.state.value.name === "live";
  if (isSettled && feed.isAbsent())
    return [{ text: "not collected", title: "No source gives this metric now.", tone: "warn" }];
  if (isSettled && sketch?.isEmpty)
    return [{ text: "no points", title: "There is nothing in this range.", tone: "info" }];
  return [];
}

function formatStep(ms: number): string {
  return formatDuration(ms).replace(".0 ", " ");
}
