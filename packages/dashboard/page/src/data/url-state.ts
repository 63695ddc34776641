import { defaultRangeMs, live, ranges, type TimeWindow, zoomTo } from "./time-window.js";

const places = ["charts", "overview", "events", "own"] as const;
export type Place = (typeof places)[number];

/** What a shared address shows. */
export interface UrlState {
  readonly place: Place;
  readonly search: string;
  readonly window: TimeWindow;
  /** The chart that is shown large. */
  readonly open: string;
  readonly isUtc: boolean;
  /** Whose series are shown; those of all as one where it is empty. */
  readonly instance: string;
  /** Groups that are folded. */
  readonly folded: readonly string[];
}

const longestSearch = 1_000;
const longestName = 255;
const mostFolded = 100;

/** Reads the part of an address behind its `#`; what makes no sense is as if it were not there. */
export function readUrl(hash: string): UrlState {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  return {
    place: places.find((place) => place === words.get("view")) ?? "charts",
    search: (words.get("q") ?? "").slice(0, longestSearch),
    window: readWindow(words),
    open: words.get("open") ?? "",
    isUtc: words.get("utc") === "1",
    instance: (words.get("instance") ?? "").slice(0, longestName),
    folded: words.getAll("fold").slice(0, mostFolded),
  };
}

/** Writes only what is not as by default, so that addresses stay short. */
export function writeUrl(state: UrlState): string {
  const { place, search, window, open, isUtc, instance, folded } = state;
  const words = new URLSearchParams();
  if (place !== "charts") words.set("view", place);
  if (search !== "") words.set("q", search);
  if (window.rangeMs !== defaultRangeMs) words.set("range", labelOf(window.rangeMs));
  if (window.mode === "fixed") {
    words.set("from", String(window.fromMs));
    words.set("to", String(window.toMs));
  }
  if (open !== "") words.set("open", open);
  if (isUtc) words.set("utc", "1");
  if (instance !== "") words.set("instance", instance);
  for (const group of folded) words.append("fold", group);
  return words.size > 0 ? `#${words}` : "";
}

function readWindow(words: URLSearchParams): TimeWindow {
  const label = words.get("range");
  const seconds = Number(/^(\d{1,6})s$/.exec(label ?? "")?.[1]);
  const named = ranges.find((range) => range.label === label)?.rangeMs;
  const window = live(named ?? (seconds > 0 ? seconds * 1_000 : defaultRangeMs));
  const fromMs = Number(words.get("from") ?? Number.NaN);
  const toMs = Number(words.get("to") ?? Number.NaN);
  const isSpan = Number.isSafeInteger(fromMs) && Number.isSafeInteger(toMs) && fromMs >= 0 && toMs > fromMs;
  return isSpan ? zoomTo(window, { fromMs, toMs }) : window;
}

function labelOf(rangeMs: number): string {
  const named = ranges.find((range) => range.rangeMs === rangeMs);
  return named?.label ?? `${Math.round(rangeMs / 1_000)}s`;
}
