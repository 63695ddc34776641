import { deflateRawSync } from "node:zlib";
import {
  BitWriter,
  binaryKinds,
  compactDictionary,
  TickWriter,
  type WireSeries,
  writeHead,
} from "@metricast/protocol";
import { manualClock, until } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harness } from "./testing/harness.js";

const view = 1;
/** Inflating takes turns of the event loop that no clock of a test moves. */
const inflatedMs = 10_000;
const entries: WireSeries[] = [{ name: "a" }, { name: "b", kind: "counter" }];
const mask = { ids: Int32Array.of(0, 1), members: [0, 1], bits: Uint32Array.of(3), words: [0] };

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

  it("of a connection that ended meanwhile are dropped", async () => {
    const test = watching();
    test.socket.say(test.server.keyframe(100, [1, 1]).slice().buffer);
    test.socket.end(1006);
    test.reconnect();
    test.server.frame(101, [2, 1]);
    await new Promise((done) => setTimeout(done, 50));
    expect(test.ticks).toEqual([]);
    expect(test.errors.filter(({ code }) => code === "garbage")).toEqual([]);
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
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 255 }), fc.nat(), (at, value, length) => {
        const test = watching();
        test.socket.say(test.server.keyframe(100, [1, 1], false).slice().buffer);
        const bytes = test.server.frame(101, [2.25, -0]).slice();
        bytes[at % bytes.length] = value;
        test.socket.say(bytes.slice(0, length % (bytes.length + 1)).buffer);
        expect(["live", "waiting"]).toContain(test.client.state.name);
        test.client.close();
      }),
      { numRuns: 300 },
    );
  });
});

describe("the option codec", () => {
  it("chooses what is offered", () => {
    expect(watching("json").socket.protocols).toEqual(["metricast.v1.json"]);
    expect(watching("binary").socket.protocols).toEqual(["metricast.v1.bin", "metricast.v1.json"]);
  });
});
