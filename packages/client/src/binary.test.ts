import { deflateRawSync } from "node:zlib";
import {
  BitWriter,
  BlockWriter,
  binaryKinds,
  compactDictionary,
  decodeBlock,
  decodeSeriesInfo,
  encodeNumber,
  Mask,
  TickWriter,
  type WireSeries,
  writeHead,
} from "@metricast/protocol";
import { lawRuns, manualClock, until } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { harness } from "./testing/harness.js";

const view = 1;
/** Inflating takes turns of the event loop that no clock of a test moves. */
const inflatedMs = 10_000;
const entries: WireSeries[] = [{ name: "a" }, { name: "b", kind: "counter" }];
const mask = Mask.of([0, 1]);

/** A server's view of two series, in bits. */
class BinaryServer {
  readonly #writer = new TickWriter();
  readonly #values = new Float64Array(2);
  readonly #states = Uint8Array.of(1, 1);
  #tick = 0;

  constructor() {
    for (const _ of entries) this.#writer.add(1);
  }

  keyframe(tick: number, values: readonly number[], isPacked = true): Uint8Array {
    this.#advance(tick, values);
    const series = compactDictionary(entries);
    const head = { tick, generation: 1, position: `v1.e.${tick}`, ...(!isPacked && { series }) };
    const out = new BitWriter();
    const packed = isPacked ? deflateRawSync(JSON.stringify(series)) : undefined;
    writeHead(out, binaryKinds.keyframe, view, head, packed);
    this.#writer.writeState(out, mask);
    return out.toBytes();
  }

  frame(tick: number, values: readonly number[]): Uint8Array {
    const prev = this.#tick;
    this.#advance(tick, values);
    const out = new BitWriter();
    writeHead(out, binaryKinds.frame, view);
    out.bits(prev % 65_536, 16);
    out.varint(tick - prev);
    this.#writer.writeFrame(out, mask);
    return out.toBytes();
  }

  block(from: number, to: number, values: readonly number[]): Uint8Array {
    const series = [{ id: 1, last: values.map(encodeNumber) }];
    const step = Math.ceil((to - from) / values.length);
    const block = decodeBlock({ from, to, step, series }, (id) =>
      decodeSeriesInfo(entries[id] ?? { name: "" }),
    );
    return new BlockWriter().message(block, { view, generation: 1 }, () => 1);
  }

  #advance(tick: number, values: readonly number[]): void {
    const before = this.#tick === 0 ? [Number.NaN, Number.NaN] : [...this.#values];
    const changed = [0, 1].filter((index) => !Object.is(values[index], before[index]));
    this.#values.set(values);
    this.#writer.advance(changed, {
      values: this.#values,
      states: this.#states,
      staleCause: () => undefined,
    });
    this.#tick = tick;
  }
}

function watching(codec?: "binary" | "json") {
  const test = harness(manualClock(), codec ? { codec } : {});
  const socket = test.live();
  const subscription = test.watch(view, {}, { history: undefined });
  const ticks: number[] = [];
  subscription.on("frame", ({ timeMs }) => ticks.push(timeMs / 1_000));
  return { ...test, socket, subscription, ticks, server: new BinaryServer() };
}

const latestOf = (test: ReturnType<typeof watching>, key: string) =>
  test.subscription.series.latest().get(key);

describe("frames in bits", () => {
  it("are applied as those in JSON are", async () => {
    const test = watching();
    test.socket.say(test.server.keyframe(100, [1.5, 7]).slice().buffer);
    await until(() => test.ticks.length === 1, inflatedMs, "inflated");
    test.socket.say(test.server.frame(101, [Number.NaN, 9]).slice().buffer);
    expect(test.ticks).toEqual([100, 101]);
    expect(latestOf(test, "b")).toMatchObject({ value: 9 });
    expect(test.errors).toEqual([]);
  });

  it("wait in order behind one whose dictionary is inflated, and so does text", async () => {
    const test = watching();
    const { server } = test;
    const states: string[] = [];
    test.subscription.on("quality", ({ state }) => states.push(state));
    test.socket.say(server.keyframe(100, [1, 1]).slice().buffer);
    test.socket.say(server.frame(101, [2, 1]).slice().buffer);
    test.socket.say({ type: "quality", view, state: "coarse" });
    test.socket.say(server.keyframe(102, [3, 1]).slice().buffer);
    test.socket.say(server.frame(103, [4, 1]).slice().buffer);
    expect([test.ticks, states]).toEqual([[], []]);
    await until(() => test.ticks.length === 4, inflatedMs, "inflated");
    expect(test.ticks).toEqual([100, 101, 102, 103]);
    expect(states).toEqual(["coarse"]);
    expect(test.errors).toEqual([]);
  });

  it("wait for one that takes long, and would break the chain if they did not", async () => {
    const inflating = holdInflating();
    const test = watching();
    const { server } = test;
    const keyframe = server.keyframe(100, [1, 1]).slice().buffer;
    const frame = server.frame(101, [2, 1]).slice().buffer;
    test.socket.say(keyframe, frame, { type: "quality", view, state: "coarse" });
    await inflating.begun;
    expect([test.ticks, test.subscription.quality]).toEqual([[], "live"]);
    inflating.goOn();
    await until(() => test.ticks.length === 2, inflatedMs, "inflated");
    expect([test.ticks, test.subscription.quality, test.errors]).toEqual([[100, 101], "coarse", []]);
    // A twin that takes what it can have at once.
    const twin = watching();
    twin.socket.say(frame, keyframe);
    expect(twin.errors.map(({ code }) => code)).toEqual(["chain_broken"]);
  });

  it.each(["end", "garbage", "close"] as const)(
    "of a connection that is over by %s are dropped",
    async (how) => {
      const inflating = holdInflating();
      const test = watching();
      test.socket.say(test.server.keyframe(100, [1, 1]).slice().buffer);
      test.socket.say(test.server.frame(101, [2, 1]).slice().buffer, "{");
      await inflating.begun;
      if (how === "end") test.socket.end(1006);
      if (how === "close") test.client.close();
      const codes = how === "garbage" ? ["garbage"] : [];
      inflating.goOn();
      await until(() => inflating.isOver, inflatedMs, "inflated");
      await new Promise(setImmediate);
      expect(test.ticks).toEqual(how === "garbage" ? [100, 101] : []);
      expect(test.errors.map(({ code }) => code)).toEqual(codes);
      if (how === "close") return;
      // The next one begins with nothing of it.
      const next = test.reconnect();
      next.accept(view, {}, "hello");
      next.say(new BinaryServer().keyframe(200, [1, 1], false).slice().buffer);
      expect(test.ticks.at(-1)).toBe(200);
    },
  );

  it("are not kept without end: the connection begins anew", async () => {
    const inflating = holdInflating();
    const test = watching();
    test.socket.say(test.server.keyframe(100, [1, 1]).slice().buffer);
    await inflating.begun;
    const quality = { type: "quality", view, state: "live" } as const;
    for (let count = 0; count < 1_024; count += 1) test.socket.say(quality);
    expect(test.client.state.name).toBe("live");
    test.socket.say(quality);
    expect(test.client.state).toMatchObject({ name: "waiting", code: 4003 });
    inflating.goOn();
  });

  it("are read where they lie in a larger buffer, as Node's own are", async () => {
    const test = watching();
    const bytes = test.server.keyframe(100, [1, 1], false);
    const larger = new Uint8Array(bytes.length + 20).fill(0xff);
    larger.set(bytes, 7);
    test.socket.onmessage?.({ data: larger.subarray(7, 7 + bytes.length) });
    expect(test.ticks).toEqual([100]);
  });

  it("with a dictionary that is none, or far too long, make the client leave and come back", async () => {
    for (const packed of [Uint8Array.of(1, 2, 3), deflateRawSync(Buffer.alloc(2 ** 24 + 1, " "))]) {
      const test = watching();
      const out = new BitWriter();
      writeHead(out, binaryKinds.keyframe, view, { tick: 1, generation: 1, position: "v1.e.1" }, packed);
      test.socket.say(out.toBytes().slice().buffer);
      await until(() => test.errors.length > 0, inflatedMs, "inflated");
      expect(test.errors.map(({ code }) => code)).toEqual(["garbage"]);
      expect(test.socket.closedWith).toBe(4003);
    }
  });

  it("that do not follow break the chain", () => {
    const test = watching();
    test.socket.say(test.server.keyframe(100, [1, 1], false).slice().buffer);
    test.server.frame(101, [2, 1]);
    test.socket.say(test.server.frame(102, [3, 1]).slice().buffer);
    expect(test.ticks).toEqual([100]);
    expect(test.errors.map(({ code }) => code)).toEqual(["chain_broken"]);
  });

  it("never throw out of the client, however they are cut and changed", () => {
    const change = fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) });
    const changes = fc.array(change, { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom("keyframe", "frame", "block"), changes, fc.nat(), (kind, list, length) => {
        const test = watching();
        test.socket.say(test.server.keyframe(100, [1, 1], false).slice().buffer);
        const bytes = messageOf(kind, test.server).slice();
        for (const { at, value } of list) bytes[at % bytes.length] = value;
        test.socket.say(bytes.slice(0, length % (bytes.length + 1)).buffer);
        test.subscription.series.columns();
        test.subscription.series.latest();
        expect(["live", "waiting"]).toContain(test.client.state.name);
        test.client.close();
      }),
      { numRuns: lawRuns(1_000) },
    );
  });
});

function messageOf(kind: "keyframe" | "frame" | "block", server: BinaryServer): Uint8Array {
  if (kind === "keyframe") return server.keyframe(101, [2.25, -0], false);
  return kind === "frame" ? server.frame(101, [2.25, -0]) : server.block(90, 100, [1, 2.5, Number.NaN]);
}

/** Inflating stands still until it is told to go on. */
function holdInflating() {
  let goOn = () => {};
  let begin = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const state = { begun, goOn: () => goOn(), isOver: false };
  class Held extends DecompressionStream {
    constructor(format: "deflate-raw") {
      super(format);
      const { readable } = this;
      const wait = new TransformStream({
        transform: async (chunk, out) => {
          begin();
          await held;
          out.enqueue(chunk);
        },
        flush: () => {
          state.isOver = true;
        },
      });
      Object.defineProperty(this, "readable", { value: readable.pipeThrough(wait) });
    }
  }
  vi.stubGlobal("DecompressionStream", Held);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  return state;
}

describe("the option codec", () => {
  it("chooses what is offered", () => {
    expect(watching("json").socket.protocols).toEqual(["metricast.v1.json"]);
    expect(watching("binary").socket.protocols).toEqual(["metricast.v1.bin", "metricast.v1.json"]);
  });
});
