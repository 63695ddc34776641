// Replays recorded traces through a metricast, watched by sessions in memory: counts bytes, compares every value.
import { createMetricast, type Sample } from "@metricast/core";
import type { FrameMessage, SubscribedItem } from "@metricast/protocol";
import { ManualClock } from "../../../packages/testkit/src/manual-clock.js";
import { loadTrace, type Trace, type TraceName, traceNames } from "../../../packages/testkit/src/traces.js";
import { seriesKey, WireView } from "../../../packages/testkit/src/wire-view.js";
import { roomyLimits } from "../server/roomy-limits.js";
import { Decoder } from "./decoder.js";
import { MemoryClient } from "./memory-client.js";
import { PeerCodecs } from "./peer-codecs.js";
import { flatFeed, foldedFeed, keyOf, slotsOf, type TraceFeed, withSpecials } from "./trace-feeds.js";

export interface TraceBytes {
  readonly trace: TraceName;
  readonly feed: string;
  readonly protocol: string;
  readonly specials: boolean;
  readonly ticks: number;
  /** Of a tick's frame, on average; the first tick and keyframes aside. */
  readonly bytes: number;
  /** Of the keyframe that a session gets which joins half-way, dictionary included. */
  readonly joinBytes: number;
  readonly compared: number;
  /** Values that were not the same number. */
  readonly different: number;
}

export interface TracePeers {
  readonly trace: TraceName;
  readonly specials: boolean;
  readonly json: number;
  readonly deflated: number;
  readonly msgpackr: number;
  readonly gorilla: number;
  /** The snapshot half-way, deflated. */
  readonly joinDeflated: number;
}

const protocols = ["metricast.v1.bin", "metricast.v1.json"];

/** One session and all that it was sent. */
class Watcher {
  readonly client: MemoryClient;
  view: WireView | undefined;
  keyframeBytes = 0;
  frameBytes = 0;
  frames = 0;
  readonly #decoder = new Decoder();

  constructor(client: MemoryClient) {
    this.client = client;
    client.onMessage = (bytes, isBinary) => this.#take(bytes, isBinary);
  }

  #take(bytes: Uint8Array, isBinary: boolean): void {
    const message = this.#decoder.decode(bytes, isBinary);
    if (message?.type === "subscribed") this.#watch(message.items);
    if (message?.type === "frame") this.#count(message, bytes.length);
  }

  #watch([item]: readonly SubscribedItem[]): void {
    if (item !== undefined) this.view = new WireView(item);
  }

  #count(frame: FrameMessage, length: number): void {
    this.view?.take(frame);
    if (frame.prev === undefined) {
      this.keyframeBytes = length;
    } else {
      this.frameBytes += length;
      this.frames += 1;
    }
  }

  /** How many values are not as the source gave them. */
  differences(samples: readonly Sample[]): number {
    const expected = new Map(samples.map((sample) => [keyOf(sample), slotsOf(sample)]));
    let different = this.view?.faults.length ?? 1;
    for (const { info, slots = [] } of this.view?.series ?? []) {
      const key = seriesKey(info);
      const wanted = expected.get(key) ?? [];
      expected.delete(key);
      const isSame = slots.length === wanted.length && slots.every((slot, at) => Object.is(slot, wanted[at]));
      if (!isSame) different += 1;
    }
    return different + expected.size;
  }
}

async function replay(
  feed: TraceFeed,
  intervalMs: number,
  protocol: string,
): Promise<Omit<TraceBytes, "trace" | "feed" | "protocol" | "specials">> {
  const clock = new ManualClock(1_700_000_000_000);
  let tick = -1;
  let samples: Sample[] = [];
  const read = () => {
    tick += 1;
    samples = feed.samples(Math.min(tick, feed.ticks - 1));
    return samples;
  };
  const limits = { ...roomyLimits, maxInFlightBytes: 16 * 2 ** 20 };
  const cast = createMetricast({
    clock,
    intervalMs,
    ...limits,
    sources: [{ name: "trace", read }],
  });
  await cast.start();
  await clock.advanceAsync(0);
  const watchers: Watcher[] = [];
  const join = async () => {
    const watcher = new Watcher(await MemoryClient.open(cast.acceptor, protocol));
    watcher.client.subscribe();
    watchers.push(watcher);
    await clock.advanceAsync(0);
  };
  await join();
  let compared = 0;
  let different = 0;
  const half = Math.floor(feed.ticks / 2);
  while (tick < feed.ticks - 1) {
    await clock.advanceAsync(intervalMs);
    if (tick === half) await join();
    for (const watcher of watchers) {
      watcher.client.answerPings();
      different += watcher.differences(samples);
      compared += samples.length;
    }
  }
  await cast.close();
  const [first, joiner] = watchers;
  const { frameBytes = 0, frames = 0 } = first ?? {};
  if (frames !== feed.ticks - 1) throw new Error(`${frames} frames of ${feed.ticks - 1} ticks`);
  return {
    ticks: frames,
    bytes: frameBytes / frames,
    joinBytes: joiner?.keyframeBytes ?? 0,
    compared,
    different,
  };
}

function peersOf(trace: TraceName, recorded: Trace, specials: boolean): TracePeers {
  const codecs = new PeerCodecs(recorded);
  const sums = { json: 0, deflated: 0, msgpackr: 0, gorilla: 0 };
  let joinDeflated = 0;
  const half = Math.floor(recorded.rows.length / 2);
  for (const [tick, row] of recorded.rows.entries()) {
    const bytes = codecs.bytes(row);
    if (tick === half) joinDeflated = bytes.deflated;
    if (tick === 0) continue;
    for (const name of ["json", "deflated", "msgpackr", "gorilla"] as const) sums[name] += bytes[name];
  }
  const ticks = recorded.rows.length - 1;
  return {
    trace,
    specials,
    json: sums.json / ticks,
    deflated: sums.deflated / ticks,
    msgpackr: sums.msgpackr / ticks,
    gorilla: sums.gorilla / ticks,
    joinDeflated,
  };
}

const measured: TraceBytes[] = [];
const peers: TracePeers[] = [];
for (const trace of traceNames) {
  const intervalMs = trace.endsWith("100ms") ? 100 : 1_000;
  for (const specials of [false, true]) {
    const recorded = specials ? withSpecials(loadTrace(trace)) : loadTrace(trace);
    peers.push(peersOf(trace, recorded, specials));
    const feeds = { flat: flatFeed(recorded), "with histograms": foldedFeed(recorded) };
    for (const [name, feed] of Object.entries(feeds)) {
      for (const protocol of protocols) {
        const figures = await replay(feed, intervalMs, protocol);
        measured.push({ trace, feed: name, protocol, specials, ...figures });
      }
    }
  }
}
process.stdout.write(`${JSON.stringify({ measured, peers })}\n`);
