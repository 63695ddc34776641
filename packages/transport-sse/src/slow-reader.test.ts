import { createMetricast, type HttpSink, type HttpStream } from "@metricast/core";
import { manualClock } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { sseRoutes } from "./index.js";

const intervalMs = 1_000;
const maxInFlightBytes = 4_096;

/** A sink that holds what is written until it is let go. */
class HeldSink implements HttpSink {
  bufferedBytes = 0;
  readonly messages: { readonly type: string }[] = [];
  isReading = true;
  ended: "no" | "orderly" | "at once" = "no";
  /** Called when the last of it is out, or it is torn down. */
  onGone: () => void = () => {};

  write(bytes: Uint8Array): boolean {
    for (const [, data = ""] of Buffer.from(bytes)
      .toString()
      .matchAll(/^data: (.*)$/gm))
      this.messages.push(JSON.parse(data));
    if (!this.isReading) this.bufferedBytes += bytes.length;
    return this.ended === "no";
  }

  end(): void {
    this.ended = "orderly";
    if (this.isReading) queueMicrotask(() => this.onGone());
  }

  destroy(): void {
    this.ended = "at once";
    queueMicrotask(() => this.onGone());
  }
}

/** A stream of a service with so many series, each new at every tick; its sink is driven by hand. */
async function follow(seriesCount: number) {
  const clock = manualClock();
  let reads = 0;
  const source = () => {
    reads += 1;
    return Object.fromEntries(Array.from({ length: seriesCount }, (_, k) => [`s${k}`, reads + k / 7]));
  };
  const cast = createMetricast({
    clock,
    intervalMs,
    maxInFlightBytes,
    shed: false,
    public: true,
    sources: [source],
  });
  onTestFinished(() => cast.close());
  await cast.start();
  await clock.advanceAsync(0);
  const headers = new Map([["host", "a"]]);
  const request = {
    method: "GET",
    path: "/stream",
    query: "",
    headers,
    remoteAddress: "1.1.1.1",
    secure: false,
  };
  const answer = await sseRoutes(cast.acceptor)(request);
  if (answer === undefined || !("open" in answer)) throw new Error("a stream was expected");
  const sink = new HeldSink();
  const listener = (answer satisfies HttpStream).open(sink);
  sink.onGone = () => listener.closed();
  onTestFinished(() => sink.destroy());
  const ticks = (count: number) => clock.advanceAsync(count * intervalMs);
  const of = (type: string) => sink.messages.filter((message) => message.type === type);
  return { cast, clock, sink, listener, ticks, of };
}

describe("a reader that stops", () => {
  test("holds no more than the bound and a message, and gets a keyframe and one block when it reads on", async () => {
    const { sink, listener, ticks, of } = await follow(100);
    await ticks(3);
    const before = of("frame").length;
    sink.isReading = false;
    await ticks(20);
    expect(sink.bufferedBytes).toBeLessThan(2 * maxInFlightBytes);
    expect(of("frame").length).toBeLessThan(before + 8);
    sink.isReading = true;
    sink.bufferedBytes = 0;
    listener.drained();
    await ticks(3);
    expect(of("quality")).toMatchObject([
      { from: expect.any(Number), reason: "slow_reader" },
      { state: "live" },
    ]);
    expect(of("block")).toHaveLength(1);
  });

  test("gets last values only after 30 s without progress, is ended after 60 s, and with it its socket", async () => {
    const { cast, sink, ticks, of } = await follow(100);
    await ticks(2);
    sink.isReading = false;
    await ticks(28);
    expect(of("quality")).toEqual([]);
    await ticks(6);
    expect(of("quality")).toMatchObject([{ state: "last_values", reason: "slow_reader" }]);
    await ticks(28);
    expect(of("bye")).toMatchObject([{ code: 4002 }]);
    expect(sink.ended).toBe("orderly");
    expect(cast.health().clients.count).toBe(1);
    await ticks(11);
    expect(sink.ended).toBe("at once");
    expect(cast.health().clients.count).toBe(0);
  });

  test("stays as long as something leaves the process, however little", async () => {
    const { sink, ticks, of } = await follow(100);
    await ticks(2);
    sink.isReading = false;
    for (let round = 0; round < 20; round++) {
      await ticks(10);
      sink.bufferedBytes = Math.max(1, sink.bufferedBytes - 500);
    }
    expect(of("bye")).toEqual([]);
    expect(of("quality")).toEqual([]);
  });
});

test("a reader that reads is never taken for dead, though nothing is ever heard of it", async () => {
  const { sink, ticks, of } = await follow(1);
  await ticks(70);
  expect(sink.ended).toBe("no");
  expect(of("bye")).toEqual([]);
  expect(of("frame").length).toBeGreaterThan(70);
});
