import { connect } from "@metricast/client";
import { manualClock, noteFigure, ServedCast, Spoiler, until } from "@metricast/testkit";
import { expect, type TestContext } from "vitest";
import { WebSocket } from "ws";
import { metricast } from "../../index.js";

type Said = string | ArrayBuffer;

/** What a server says to one client, from its welcome on: a keyframe, frames, blocks of history. */
async function transcript(codec: "json" | "binary"): Promise<readonly Said[]> {
  const clock = manualClock();
  const read = ({ now }: { readonly now: number }) => ({ level: Math.sin(now), [`odd_${now % 7}`]: 1 });
  const served = await ServedCast.start(
    metricast({ clock, intervalMs: 1_000, public: true, defaultSources: false, sources: [read] }),
  );
  await clock.advanceAsync(60_000);
  const said: Said[] = [];
  class Recorder extends WebSocket {
    constructor(url: string, protocols?: string | string[]) {
      super(url, protocols);
      this.addEventListener("message", ({ data }) => {
        if (typeof data === "string" || data instanceof ArrayBuffer) said.push(data);
      });
    }
  }
  const client = connect(served.url, { WebSocket: Recorder, codec });
  client.subscribe({ sinceMs: 60_000, points: 30 });
  await until(() => said.length > 2);
  for (let tick = 0; tick < 8; tick += 1) {
    const { length } = said;
    await clock.advanceAsync(1_000);
    await until(() => said.length > length);
  }
  client.close();
  await served.close();
  return said;
}

/** A socket that says what it was given as soon as somebody listens. */
function playing(said: readonly Said[], protocol: string) {
  return class {
    readonly protocol = protocol;
    binaryType = "arraybuffer";
    onopen: ((event: unknown) => void) | null = null;
    onmessage: ((event: { readonly data: unknown }) => void) | null = null;
    onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
    onerror: ((event: unknown) => void) | null = null;
    play(): void {
      this.onopen?.({});
      for (const data of said) this.onmessage?.({ data });
      this.onclose?.({ code: 1006, reason: "" });
    }
    constructor() {
      queueMicrotask(() => this.play());
    }
    send(): void {}
    close(): void {}
  };
}

/** Plays a server's words to the client library, each time with one of them spoilt. */
export async function bearClient(
  task: TestContext["task"],
  codec: "json" | "binary",
  { seed, inputs }: { readonly seed: number; readonly inputs: number },
): Promise<void> {
  const good = await transcript(codec);
  const bytes = good.map((data) => Buffer.from(typeof data === "string" ? data : new Uint8Array(data)));
  const spoiler = new Spoiler(seed);
  const outcomes = new Map<string, number>();
  const play = async () => {
    const place = spoiler.below(good.length);
    const spoilt = spoiler.spoil(bytes[place] ?? Buffer.alloc(0), bytes);
    const said = good.with(
      place,
      typeof good[place] === "string" ? spoilt.toString() : Uint8Array.from(spoilt).buffer,
    );
    const clock = manualClock();
    const client = connect("ws://127.0.0.1:1/", {
      WebSocket: playing(said, `metricast.v1.${codec}`),
      codec,
      clock,
    });
    client.on("error", ({ code }) => outcomes.set(code, (outcomes.get(code) ?? 0) + 1));
    const { series } = client.subscribe();
    await clock.advanceAsync(0);
    // What an application asks for afterwards is there, or not, and never throws.
    series.columns();
    series.latest();
    client.close();
  };
  for (let first = 0; first < inputs / 4; first += 1) await play();
  const before = process.memoryUsage().heapUsed;
  for (let input = 0; input < inputs; input += 1) await play();
  const grownMb = (process.memoryUsage().heapUsed - before) / 1_048_576;
  noteFigure(
    task,
    `${inputs} spoilt messages, seed ${seed}: 0 throws, told ${[...outcomes.keys()].join(", ")}`,
  );
  // Garbage that was not collected yet is among it.
  expect(grownMb).toBeLessThan(200);
  expect(outcomes.size).toBeGreaterThan(0);
}
