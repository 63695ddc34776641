import { Feed, type FeedParts } from "./feed.js";

/** Feeds that nobody looks at keep their points for a while; more than so many do not. */
const mostResting = 60;

/** One feed for all charts that show the same. */
export class FeedPool {
  readonly #parts: Pick<FeedParts, "client" | "queries" | "onFrame" | "onQuality">;
  readonly #feeds = new Map<string, Feed>();

  constructor(parts: Pick<FeedParts, "client" | "queries" | "onFrame" | "onQuality">) {
    this.#parts = parts;
  }

  get({ metric, select, instance }: Pick<FeedParts, "metric" | "select" | "instance">): Feed {
    const key = JSON.stringify([metric.id, metric.kind, select, instance]);
    const feed = this.#feeds.get(key) ?? new Feed({ ...this.#parts, metric, select, instance });
    // The one asked for last is the last to go.
    this.#feeds.delete(key);
    this.#feeds.set(key, feed);
    this.#tidy();
    return feed;
  }

  /** How many are watched now. */
  get watched(): number {
    return [...this.#feeds.values()].filter(({ isResting }) => !isResting).length;
  }

  #tidy(): void {
    const resting = [...this.#feeds].filter(([, feed]) => feed.isResting);
    for (const [key, feed] of resting.slice(0, Math.max(0, resting.length - mostResting))) {
      feed.forget();
      this.#feeds.delete(key);
    }
  }
}
