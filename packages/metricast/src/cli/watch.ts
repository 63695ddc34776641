import { type ConnectionState, connect, type MetricastClient, type Subscription } from "@metricast/client";
import { WebSocket } from "ws";
import { paintScreen, type Size } from "./screen.js";
import { type WatchedRow, watchedRow } from "./watched-row.js";

export interface WatchOptions {
  readonly channel?: string;
  readonly select?: readonly string[];
  readonly everyMs?: number;
  readonly out: { write(text: string): unknown; readonly columns?: number; readonly rows?: number };
  readonly isTty: boolean;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

const historyMs = 300_000;
const historyPoints = 60;
/** No eye follows more. */
const repaintMs = 250;
const valuesPerLine = 6;
const fallbackSize: Size = { columns: 80, rows: 24 };
const enterScreen = "\x1b[?1049h\x1b[?25l";
const leaveScreen = "\x1b[?25h\x1b[?1049l";

/**
 * Shows live values until the signal: painted in place on a terminal, else a line per frame. Rejects where the server
 * wants this client no more.
 */
export async function watch(url: string, options: WatchOptions): Promise<void> {
  const { out, isTty, channel, select, everyMs, signal } = options;
  const client = connect(url, { WebSocket });
  const subscription = client.subscribe({
    ...(channel !== undefined && { channel }),
    ...(select !== undefined && { select }),
    ...(everyMs !== undefined && { everyMs }),
    sinceMs: historyMs,
    points: historyPoints,
  });
  const errors: string[] = [];
  const note = (error: Error) => void errors.push(error.message);
  client.on("error", note);
  subscription.on("error", note);
  if (isTty) out.write(enterScreen);
  const stop = isTty ? paint(client, subscription, options, errors) : print(client, subscription, options);
  try {
    await ended(client, signal);
  } finally {
    stop();
    if (isTty) out.write(leaveScreen);
    client.close();
  }
}

function paint(
  client: MetricastClient,
  subscription: Subscription,
  { out }: WatchOptions,
  errors: string[],
): () => void {
  const repaint = () => {
    const size = { columns: out.columns ?? fallbackSize.columns, rows: out.rows ?? fallbackSize.rows };
    const error = errors.at(-1);
    const status = [
      describe(client.state),
      subscription.quality,
      ...(error === undefined ? [] : [error]),
    ].join(" · ");
    out.write(paintScreen(`metricast · ${status}`, rowsOf(subscription), size));
  };
  const timer = setInterval(repaint, repaintMs);
  repaint();
  return () => clearInterval(timer);
}

function print(client: MetricastClient, subscription: Subscription, { out }: WatchOptions): () => void {
  const offs = [
    client.on("state", (state) => out.write(`${describe(state)}\n`)),
    client.on("error", (error) => out.write(`error: ${error.message}\n`)),
    subscription.on("gap", ({ fromMs, toMs, reason }) =>
      out.write(`gap of ${(toMs - fromMs) / 1_000} s: ${reason}\n`),
    ),
    subscription.on("error", (error) => out.write(`error: ${error.message}\n`)),
    subscription.on("frame", ({ timeMs }) => {
      const rows = rowsOf(subscription);
      const values = rows.slice(0, valuesPerLine).map(({ key, value }) => `${key}=${value.replace(" ", "")}`);
      const more = rows.length > values.length ? ` and ${rows.length - values.length} more` : "";
      out.write(`${new Date(timeMs).toISOString()} ${values.join(" ")}${more}\n`);
    }),
  ];
  return () => {
    for (const off of offs) off();
  };
}

function rowsOf({ series }: Subscription): WatchedRow[] {
  const { times, series: columns } = series.columns();
  const byKey = new Map(columns.map((one) => [one.key, one]));
  return [...series.latest()].map(([key, latest]) => watchedRow(key, latest, byKey.get(key), times));
}

function describe(state: ConnectionState): string {
  switch (state.name) {
    case "connecting":
      return state.attempt > 1 ? `connecting, attempt ${state.attempt}` : "connecting";
    case "live":
      return `live on ${state.instance}`;
    case "waiting":
      return `disconnected (${state.code} ${state.reason}), again at ${new Date(state.retryAtMs).toLocaleTimeString()}`;
    case "closed":
      return `closed (${state.code} ${state.reason})`;
  }
}

/** Resolves at the signal; rejects when the server refuses for good. */
function ended(client: MetricastClient, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    client.on("state", (state) => {
      if (state.name === "closed" && !signal.aborted)
        reject(new Error(`the server refused: ${state.code} ${state.reason}`));
    });
  });
}
