// What encoding a tick costs with so many different views of one channel: tokens once, then a frame of each view.
import { performance } from "node:perf_hooks";
import type { EncodedFrame } from "@metricast/core";
import { BinaryFrames } from "../../../packages/core/src/views/binary-frames.js";
import { FrameLog } from "../../../packages/core/src/views/frame-log.js";
import { JsonFrames } from "../../../packages/core/src/views/json-frames.js";
import { compileSelect } from "../../../packages/core/src/views/select.js";
import { ColumnFeed } from "../../../packages/core/src/views/testing/column-feed.js";
import { TokenSet } from "../../../packages/core/src/views/token-set.js";
import { View } from "../../../packages/core/src/views/view.js";
import { seriesKey, WireView } from "../../../packages/testkit/src/wire-view.js";
import { MovingSeries, tenth } from "../server/moving-series.js";
import { Decoder } from "./decoder.js";
import { undisturbed } from "./turns.js";

export interface ViewEncoding {
  readonly views: number;
  /** Which part of the series each view holds. */
  readonly share: number;
  /** Microseconds of a tick, by round: its lower quartile. */
  readonly us: readonly number[];
}

const firstTick = 1_000_000;
const warmUps = 1;
const [series = 2_000, ticks = 200, rounds = 5] = process.argv.slice(2, 5).map(Number);
const protocol = process.argv[5] ?? "metricast.v1.bin";
const viewCounts = [1, 20, 200];

/** Everything, by another text for each view. */
function whole(view: number): string[] {
  return ["*", `none_${view}`];
}

/** Some views of a channel and what they are made of. */
class Stage {
  readonly views: readonly View[];
  readonly times: number[] = [];
  readonly #tokens: TokenSet;
  readonly #decoder = new Decoder();
  readonly #seen: WireView;

  constructor(feed: ColumnFeed, count: number, selectOf: (view: number) => string[]) {
    this.#tokens = new TokenSet(feed, () => () => []);
    this.views = Array.from({ length: count }, (_, number) => this.#view(feed, number, selectOf(number)));
    const item = {
      view: 0,
      channel: "metrics",
      kind: "metrics",
      select: [],
      merge: "cluster",
      intervalMs: 1_000,
      stepTicks: 1,
      position: "",
    } as const;
    this.#seen = new WireView(item);
    this.#decoder.decode(JSON.stringify({ type: "subscribed", items: [item] }), false);
  }

  tick(batch: ReturnType<ColumnFeed["batch"]>): void {
    const begunMs = performance.now();
    this.#tokens.advance(batch);
    for (const view of this.views) view.build();
    this.times.push(1_000 * (performance.now() - begunMs));
    const [first] = this.views;
    if (first !== undefined)
      this.#read(
        batch.prev === undefined ? first.keyframe()?.frame : first.log.after(batch.prev)?.[0]?.frame,
      );
  }

  /** How many values of the first view are not as they should be. */
  wrong(feed: ColumnFeed): number {
    const values = new Map(feed.series.map(({ info, slot }) => [seriesKey(info), feed.values[slot]]));
    const wrong = this.#seen.series.filter(
      ({ info, slots }) => !Object.is(slots?.[0], values.get(seriesKey(info))),
    );
    return wrong.length + this.#seen.faults.length + (this.#seen.series.length > 0 ? 0 : 1);
  }

  #read(frame: EncodedFrame | undefined): void {
    const message = frame && this.#decoder.decode(frame.bytes, frame.binary);
    if (message !== undefined) this.#seen.take(message);
  }

  #view(feed: ColumnFeed, number: number, select: string[]): View {
    const isBinary = protocol === "metricast.v1.bin";
    return new View({
      number,
      key: {
        channel: "metrics",
        scope: {},
        select,
        stepTicks: 1,
        merge: "cluster",
        codec: isBinary ? "binary" : "json",
      },
      select: compileSelect(select),
      columns: feed,
      frames: isBinary ? new BinaryFrames(this.#tokens.binary(1)) : new JsonFrames(this.#tokens.json(1)),
      log: new FrameLog({ maxFrames: 120, maxBytes: 256 * 1_024 }),
      positionAt: (tick) => `v1.0.${tick}`,
      readBlock: (_, fromTick, toTick, stepTicks) => ({ fromTick, toTick, stepTicks, series: [], gaps: [] }),
    });
  }
}

const feed = new ColumnFeed();
const moving = new MovingSeries(series);
for (const { name, labels, kind } of moving.samples) feed.add({ name, labels, kind });
const plans = [0.1, 1].flatMap((share) =>
  viewCounts.map((views) => ({
    views,
    share,
    stage: new Stage(feed, views, share === 1 ? whole : tenth),
    us: [] as number[],
  })),
);
let tick = firstTick;
for (let round = 0; round < warmUps + rounds; round += 1) {
  for (let at = 0; at < ticks; at += 1) {
    moving.advance();
    const batch = feed.batch(
      tick++,
      moving.samples.map(({ value }) => value),
    );
    for (const { stage } of plans) stage.tick(batch);
  }
  for (const { stage, us } of plans) {
    const time = undisturbed(stage.times.splice(0));
    if (round >= warmUps) us.push(time);
  }
}
for (const { stage, views, share } of plans) {
  if (stage.wrong(feed) > 0)
    throw new Error(`${views} views of ${share}: ${stage.wrong(feed)} values are wrong`);
}
const results: ViewEncoding[] = plans.map(({ views, share, us }) => ({ views, share, us }));
process.stdout.write(`${JSON.stringify({ results })}\n`);
