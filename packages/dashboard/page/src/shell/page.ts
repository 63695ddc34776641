import { type ConnectionState, connect, type MetricastClient } from "@metricast/client";
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { Painter } from "../charts/painter.js";
import { dark, light } from "../charts/palette.js";
import type { Scene } from "../charts/picture.js";
import type { Sketch } from "../charts/sketch.js";
import { Visibility } from "../charts/visibility.js";
import { nowMs } from "../clock.js";
import { Access } from "../data/access.js";
import type { Metric } from "../data/catalogue.js";
import { Edge } from "../data/edge.js";
import { EventBook } from "../data/event-book.js";
import { readFavourites } from "../data/favourites.js";
import type { Quality } from "../data/feed.js";
import { FeedPool } from "../data/feed-pool.js";
import type { HealthReport } from "../data/health.js";
import { LazyDesk } from "../data/lazy-desk.js";
import type { Wish } from "../data/query-desk.js";
import type { KnownInstance } from "../data/roster.js";
import { maxRows, type Span, spanOf, type TimeWindow } from "../data/time-window.js";
import { type Place, readUrl } from "../data/url-state.js";

export type Theme = "system" | "dark" | "light";

/** `waiting` until all answers are there. */
type Changes = "waiting" | ReadonlyMap<string, number>;

interface Pointed {
  readonly sketch: ReadonlySignal<Sketch | undefined>;
  readonly x: number;
  readonly y: number;
}

/** Everything that the parts of the page share. Signals are what it shows; the rest does the work. */
export interface Page {
  readonly access: Access;
  readonly client: MetricastClient;
  readonly pool: FeedPool;
  readonly painter: Painter;
  readonly visibility: Visibility;
  readonly edge: Edge;
  readonly events: EventBook;

  readonly place: Signal<Place>;
  readonly search: Signal<string>;
  readonly window: Signal<TimeWindow>;
  readonly open: Signal<string>;
  readonly isUtc: Signal<boolean>;
  /** Whose series are shown; those of all instances as one where it is empty. */
  readonly instance: Signal<string>;
  readonly folded: Signal<readonly string[]>;
  readonly favourites: Signal<readonly string[]>;
  readonly theme: Signal<Theme>;
  readonly systemIsDark: Signal<boolean>;
  readonly isHelpOpen: Signal<boolean>;

  readonly connection: Signal<ConnectionState>;
  /** Since when there is no connection; undefined while there is one. */
  readonly lostAtMs: Signal<number | undefined>;
  readonly quality: Signal<Quality>;
  readonly lastFault: Signal<string>;
  /** Metrics as the server lists them; undefined until it did. */
  readonly metrics: Signal<readonly Metric[] | undefined>;
  readonly catalogueFault: Signal<string>;
  readonly health: Signal<HealthReport | undefined>;
  readonly healthFault: Signal<string>;
  readonly instances: Signal<readonly KnownInstance[]>;
  /** Clients connected now; undefined until the server said. */
  readonly clients: Signal<number | undefined>;
  readonly eventChannels: Signal<readonly string[]>;
  readonly eventCount: Signal<number>;
  /** Where "now" is. */
  readonly edgeMs: Signal<number>;
  readonly ageMs: Signal<number>;
  readonly isLate: Signal<boolean>;
  /** Where the pointer is, on any chart. */
  readonly cursorMs: Signal<number | undefined>;
  /** The chart that it is on, and where on the screen. */
  readonly pointed: Signal<Pointed | undefined>;
  readonly isHidden: Signal<boolean>;
  /** How much each metric changed, by its id; undefined where that is not asked for. */
  readonly changes: Signal<Changes | undefined>;
  /** Asks for the past of a metric. */
  readonly want: (wish: Wish) => void;

  readonly isDark: ReadonlySignal<boolean>;
  readonly scene: ReadonlySignal<Scene>;
  readonly span: ReadonlySignal<Span>;
}

export interface PageParts {
  readonly address: URL;
  readonly session: Storage | undefined;
  readonly local: Storage | undefined;
}

/** What asks for a new connection: soon, as somebody is looking. */
const reconnect = { minMs: 200, maxMs: 1_500 };

export function createPage({ address, session, local }: PageParts): Page {
  const access = new Access({ address, drawer: session, fetch: (url, options) => fetch(url, options) });
  const client = connect(access.base.href, {
    token: () => access.ticket(),
    reconnect,
    maxPointsPerSeries: maxRows + 100,
  });
  const queries = new LazyDesk((items) => client.query(items));
  const edge = new Edge();
  const edgeMs = signal(nowMs());
  const onFrame = (_: string, timeMs: number): void => {
    edge.frame(timeMs, nowMs());
    edgeMs.value = edge.at(nowMs());
  };
  const quality = signal<Quality>({ state: "live", reason: "" });
  const onQuality = (heard: Quality): void => {
    quality.value = heard;
  };
  const state = readUrl(address.hash);
  const theme = signal<Theme>(readTheme(local));
  const systemIsDark = signal(true);
  const isDark = computed(() => (theme.value === "system" ? systemIsDark.value : theme.value === "dark"));
  const events = new EventBook();
  const eventCount = signal(0);
  const isUtc = signal(state.isUtc);
  const window = signal(state.window);
  return {
    access,
    client,
    pool: new FeedPool({ client, queries, onFrame, onQuality }),
    painter: new Painter(),
    visibility: new Visibility(),
    edge,
    events,
    place: signal(state.place),
    search: signal(state.search),
    window,
    open: signal(state.open),
    isUtc,
    instance: signal(state.instance),
    folded: signal(state.folded),
    favourites: signal(readFavourites(local)),
    theme,
    systemIsDark,
    isHelpOpen: signal(false),
    connection: signal(client.state),
    lostAtMs: signal(undefined),
    quality,
    lastFault: signal(""),
    metrics: signal(undefined),
    catalogueFault: signal(""),
    health: signal(undefined),
    healthFault: signal(""),
    instances: signal([]),
    clients: signal(undefined),
    eventChannels: signal([]),
    eventCount,
    edgeMs,
    ageMs: signal(Number.NaN),
    isLate: signal(false),
    cursorMs: signal(undefined),
    pointed: signal(undefined),
    isHidden: signal(false),
    changes: signal(undefined),
    want: (wish) => queries.want(wish),
    isDark,
    scene: computed(() => ({
      palette: isDark.value ? dark : light,
      marks: eventCount.value > 0 ? events.all.map(({ atMs, type }) => ({ atMs, type })) : [],
      isUtc: isUtc.value,
    })),
    span: computed(() => spanOf(window.value, edgeMs.value)),
  };
}

export const themePlace = "metricast theme";

function readTheme(storage: Storage | undefined): Theme {
  const kept = storage?.getItem(themePlace);
  return kept === "dark" || kept === "light" ? kept : "system";
}
