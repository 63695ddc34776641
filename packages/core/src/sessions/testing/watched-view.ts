import type { BlockSeries, SeriesInfo } from "@metricast/protocol";
import { FrameLog } from "../../views/frame-log.js";
import { JsonFrames } from "../../views/json-frames.js";
import { JsonTickTokens } from "../../views/json-tick-tokens.js";
import { compileSelect } from "../../views/select.js";
import { type Cell, ColumnFeed } from "../../views/testing/column-feed.js";
import { View } from "../../views/view.js";

export interface WatchedView {
  readonly view: View;
  readonly feed: ColumnFeed;
  /** As a channel does it: what the walk did not build yet is built, then values move on. */
  tick(at: number, cells?: readonly (Cell | undefined)[]): void;
}

/** A view of one gauge and what moves it. Its blocks hold one point for each step of the range they are asked for. */
export function watchedView({
  number = 1,
  names = ["g"],
  maxFrames = 120,
  maxBytes = 1e9,
} = {}): WatchedView {
  const feed = new ColumnFeed();
  const tokens = new JsonTickTokens(feed);
  for (const name of names) feed.add({ name, labels: {}, kind: "gauge" });
  const view = new View({
    number,
    key: { channel: "metrics", scope: {}, select: ["*"], stepTicks: 1, merge: "cluster", codec: "json" },
    select: compileSelect(),
    columns: feed,
    frames: new JsonFrames(tokens),
    log: new FrameLog({ maxFrames, maxBytes }),
    positionAt: (tick) => `v1.e.${tick}`,
    readBlock: (series, fromTick, toTick, stepTicks) => {
      const points = Math.ceil((toTick - fromTick) / stepTicks);
      return {
        fromTick,
        toTick,
        stepTicks,
        gaps: [],
        series: series.map(({ info }) => constant(info, points)),
      };
    },
  });
  return {
    view,
    feed,
    tick(at, cells) {
      view.build();
      tokens.advance(feed.batch(at, cells));
    },
  };
}

function constant(info: SeriesInfo, points: number): BlockSeries {
  const last = new Float64Array(points).fill(1);
  return {
    info,
    count: new Float64Array(points).fill(1),
    columns: [{ last, min: last, max: last, sum: last }],
  };
}
