import { manualClock, ServedCast, tickAlong, until } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  type Admitted,
  type Connection,
  type EncodedFrame,
  type Handshake,
  metricast,
  type Packet,
  type Receiver,
} from "../index.js";

const intervalMs = 1_000;
let round = 0;
const sources = [
  () => ({ "cpu.user": ++round, "cpu.system": -round, "memory.used": 2 * round, "disk.free": 5 }),
];

async function serve() {
  const clock = manualClock();
  const served = await ServedCast.start(metricast({ clock, intervalMs, defaultSources: false, sources }));
  onTestFinished(() => served.close());
  await clock.advanceAsync(0);
  return { clock, served, cast: served.cast };
}

/** A connection without a socket: keeps the very frames it was given. */
class FrameKeeper implements Connection {
  readonly handshake: Handshake = {
    method: "GET",
    path: "/metricast/",
    query: "",
    headers: new Map(),
    remoteAddress: "127.0.0.1",
    secure: false,
    protocols: [],
  };
  readonly bufferedBytes = 0;
  readonly frames: EncodedFrame[] = [];
  receiver: Receiver | undefined;

  send({ frames }: Packet): boolean {
    this.frames.push(...frames);
    return true;
  }
  ping(): void {}
  close(code: number, reason: string): void {
    queueMicrotask(() => this.receiver?.closed(code, reason));
  }
  terminate(): void {}

  data(): EncodedFrame[] {
    return this.frames.filter(({ bytes }) => /^\{"type":"(frame|block)"/.test(Buffer.from(bytes).toString()));
  }
}

describe("who gets what", () => {
  test("a client that subscribed to nothing gets nothing but what keeps it alive", async () => {
    const { clock, served } = await serve();
    const [silent, watcher] = [await served.connect(), await served.connect()];
    const view = await watcher.watch();
    await tickAlong(clock, intervalMs, [view], 25);
    await until(() => silent.of("beat").length > 0);
    expect(new Set(silent.received.map(({ type }) => type))).toEqual(new Set(["welcome", "beat"]));
  });

  test("each gets only the series that it selected", async () => {
    const { clock, served } = await serve();
    const client = await served.connect();
    const cpu = await client.watch({ select: ["cpu.*"] });
    const other = await (await served.connect()).watch({ select: ["memory.used", "disk.*"] });
    await tickAlong(clock, intervalMs, [cpu, other], 3);
    expect(cpu.series.map(({ info }) => info.name).sort()).toEqual(["cpu.system", "cpu.user"]);
    expect(other.series.map(({ info }) => info.name).sort()).toEqual(["disk.free", "memory.used"]);
    expect(cpu.value("cpu.user")).toBe(round);
    expect(other.value("memory.used")).toBe(2 * round);
    expect(JSON.stringify(client.received)).not.toContain("memory");
  });

  test("after unsubscribe nothing more comes", async () => {
    const { clock, served } = await serve();
    const client = await served.connect();
    const left = await client.watch({ select: ["cpu.*"] });
    const kept = await client.watch({ select: ["disk.*"] });
    await client.ask({ type: "unsubscribe", views: [left.number] });
    const frames = left.frames.length;
    await tickAlong(clock, intervalMs, [kept], 3);
    expect(left.frames).toHaveLength(frames);
  });
});

test("a frame is encoded once: every session of a view is sent the same instance", async () => {
  const { clock, cast } = await serve();
  const watchers: FrameKeeper[] = [];
  for (const [index, select] of [["cpu.*"], ["cpu.*"], ["cpu.*", "cpu.*"], ["memory.*"]].entries()) {
    const keeper = new FrameKeeper();
    const admitted = await cast.acceptor.admit(keeper.handshake);
    const receiver = cast.acceptor.accept(keeper, assertAdmitted(admitted));
    receiver.message(JSON.stringify({ type: "hello", id: 1, token: cast.startToken }));
    receiver.message(
      JSON.stringify({ type: "subscribe", id: index + 2, items: [{ channel: "metrics", select }] }),
    );
    keeper.receiver = receiver;
    watchers.push(keeper);
  }
  await clock.advanceAsync(5 * intervalMs);

  const [first = [], second = [], third = [], other = []] = watchers.map((keeper) => keeper.data());
  expect(first).toHaveLength(6);
  for (const [index, frame] of first.entries()) {
    expect(second[index]).toBe(frame);
    expect(third[index]).toBe(frame);
    expect(other[index]).not.toBe(frame);
  }
  // Not as texts that happen to be equal: the bytes are the same memory.
  expect(second[3]?.bytes.buffer).toBe(first[3]?.bytes.buffer);
});

function assertAdmitted(admission: { readonly accepted: boolean }): Admitted {
  if (isAdmitted(admission)) return admission;
  throw new Error("the handshake was refused");
}

function isAdmitted(admission: { readonly accepted: boolean }): admission is Admitted {
  return admission.accepted;
}
