import { jsonSubprotocol, type ServerMessage } from "@metricast/protocol";
import { codecContract, WireView } from "@metricast/testkit";
import { FrameLog } from "./frame-log.js";
import { JsonFrames } from "./json-frames.js";
import { JsonTickTokens } from "./json-tick-tokens.js";
import { compileSelect } from "./select.js";
import { ColumnFeed } from "./testing/column-feed.js";
import { View } from "./view.js";

type Cell = number | "absent" | "stale";

/** A keyframe and the chain frames after it, as a session at head gets them. */
function encodeFrames(rows: readonly (readonly Cell[])[]): string[] {
  const feed = new ColumnFeed();
  const tokens = new JsonTickTokens(feed);
  const view = new View({
    number: 1,
    key: { channel: "m", scope: {}, select: ["*"], stepTicks: 1, merge: "cluster", codec: "json" },
    select: compileSelect(),
    columns: feed,
    frames: new JsonFrames(tokens),
    log: new FrameLog({ maxFrames: 10_000, maxBytes: 1e9 }),
    positionAt: (tick) => `v1.0.${tick}`,
    readBlock: () => ({ fromTick: 0, toTick: 0, stepTicks: 1, series: [], gaps: [] }),
  });
  for (let index = 0; index < (rows[0]?.length ?? 0); index++) {
    feed.add({ name: `s${index}`, labels: {}, kind: "gauge" });
  }
  return rows.map((row, tick) => {
    tokens.advance(
      feed.batch(
        tick,
        row.map((cell) => (cell === "stale" ? { stale: "failed" } : cell)),
      ),
    );
    view.build();
    const frame = tick === 0 ? view.keyframe()?.frame : view.log.after(tick - 1)?.at(-1)?.frame;
    return new TextDecoder().decode(frame?.bytes);
  });
}

function decodeFrames(texts: readonly string[]): Cell[][] {
  const view = new WireView({
    view: 1,
    channel: "m",
    kind: "metrics",
    select: ["*"],
    merge: "cluster",
    position: "v1.0.0",
  });
  const rows = texts.map((text) => {
    const message: ServerMessage = JSON.parse(text);
    view.take(message);
    return view.series.map(({ slots, stale }): Cell => (stale ? "stale" : (slots?.[0] ?? "absent")));
  });
  if (view.faults.length > 0) throw new Error(view.faults.join("; "));
  return rows;
}

codecContract(`${jsonSubprotocol} frames`, { encode: encodeFrames, decode: decodeFrames });
