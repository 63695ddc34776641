import { binaryFlags, binaryKinds } from "@metricast/protocol";
import { lawRuns, manualClock } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WebSocket as WsSocket } from "ws";
import { connect } from "./client.js";
import type { WebSocketConstructor } from "./socket.js";
import { harness } from "./testing/harness.js";
import { ScriptedServer, type ScriptedSocket, welcomeMessage } from "./testing/scripted-server.js";

function start(...args: Parameters<typeof harness> extends [unknown, ...infer Rest] ? Rest : never) {
  return harness(manualClock(), ...args);
}

describe("connecting", () => {
  it("sends the token of the address in hello, and keeps it out of the address", () => {
    const { server, states, client } = start();
    expect(server.socket.url).toBe("ws://localhost:3000/metricast/");
    expect(server.socket.protocols).toEqual(["metricast.v1.bin", "metricast.v1.json"]);
    server.socket.open();
    expect(server.socket.sent).toEqual([{ type: "hello", version: 1, token: "secret" }]);
    expect(states).toEqual(["connecting"]);
    server.socket.say(welcomeMessage);
    expect(client.state).toEqual({ name: "live", session: "s1", instance: "api-1" });
    // Known by the handshake, it is welcomed twice.
    server.socket.say(welcomeMessage);
    expect(states).toEqual(["connecting", "live"]);
  });

  it.each([
    ["https://a.example/x?token=t&y=1#z", "wss://a.example/x?y=1"],
    ["wss://a.example/x", "wss://a.example/x"],
  ])("reads %s", (url, expected) => {
    expect(start({}, url).server.socket.url).toBe(expected);
  });

  it("hears nothing of a connection that is over", () => {
    const { server, live, reconnect, client } = start();
    const old = live();
    old.end(1012);
    reconnect();
    const { state } = client;
    old.say({ type: "bye", code: 4505, reason: "disconnected by the host" }, "garbage");
    old.end(4505);
    expect(client.state).toEqual(state);
    expect([state.name, server.sockets.length]).toEqual(["live", 2]);
  });

  it.each(["nonsense", "ftp://a.example", "mailto:a@b"])("refuses %s as address", (url) => {
    const { WebSocket } = new ScriptedServer();
    expect(() => connect(url, { WebSocket })).toThrow(/option_invalid/);
  });

  it.each([
    { maxSeries: 0 },
    { connectTimeoutMs: 1.5 },
    { requestTimeoutMs: Number.NaN },
    { reconnect: { maxMs: 2 ** 31 } },
    { reconnect: { minMs: -1 } },
  ])("refuses %j", (options) => {
    const { WebSocket } = new ScriptedServer();
    expect(() => connect("ws://a", { WebSocket, ...options })).toThrow(/option_invalid/);
  });

  it("takes the WebSocket of ws, and names it where there is none", () => {
    const implementation: WebSocketConstructor = WsSocket;
    expect(implementation).toBe(WsSocket);
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
    Reflect.deleteProperty(globalThis, "WebSocket");
    try {
      expect(() => connect("ws://a")).toThrow(/websocket_missing.*"ws"/);
    } finally {
      if (descriptor) Object.defineProperty(globalThis, "WebSocket", descriptor);
    }
  });

  it("asks for a token before each connection", async () => {
    const tokens = ["first", "second"];
    const test = start({ token: () => Promise.resolve(tokens.shift()) });
    for (const token of ["first", "second"]) {
      await test.clock.advanceAsync(1_000);
      test.server.socket.open();
      expect(test.server.socket.sent).toMatchObject([{ type: "hello", token }]);
      test.server.socket.end(4004, "authentication expired");
    }
  });

  it("tries again when no token comes, and forgets one that comes too late", async () => {
    let give: (token: string) => void = () => undefined;
    const test = start({
      token: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
      connectTimeoutMs: 5_000,
    });
    test.clock.advance(5_000);
    expect(test.states).toEqual(["connecting", "waiting"]);
    give("late");
    await test.clock.advanceAsync(0);
    expect(test.server.sockets).toEqual([]);
    const failing = start({ token: () => Promise.reject(new Error("offline")) });
    await failing.clock.advanceAsync(0);
    expect(failing.states).toEqual(["connecting", "waiting"]);
    expect(failing.errors).toMatchObject([{ code: "ticket_failed", cause: { message: "offline" } }]);
  });

  it("gives up a server that does not welcome in time", () => {
    const test = start({ connectTimeoutMs: 3_000 });
    test.server.socket.open();
    test.clock.advance(2_999);
    expect(test.states).toEqual(["connecting"]);
    test.clock.advance(1);
    expect(test.states).toEqual(["connecting", "waiting"]);
    expect(test.server.socket.isClosed).toBe(true);
  });

  it("waits when the WebSocket cannot even be made", () => {
    const WebSocket = class extends new ScriptedServer().WebSocket {
      constructor(url: string) {
        super(url);
        throw new Error("insecure");
      }
    };
    const test = start({ WebSocket });
    expect(test.client.state).toMatchObject({ name: "waiting", code: 1006 });
    expect(test.errors).toMatchObject([{ code: "connection_lost" }]);
  });
});

describe("reconnecting", () => {
  it("doubles the bound of its jitter up to the most, and begins anew after ten stable seconds", () => {
    const test = start({ reconnect: { minMs: 1_000, maxMs: 5_000 } });
    const delays: number[] = [];
    const cut = () => {
      const atMs = test.clock.dateMs();
      test.server.socket.end();
      const { state } = test.client;
      const delayMs = state.name === "waiting" ? state.retryAtMs - atMs : -1;
      delays.push(delayMs);
      test.clock.advance(delayMs);
    };
    for (let round = 0; round < 5; round++) cut();
    expect(delays).toEqual([500, 1_000, 2_000, 2_500, 2_500]);
    test.live();
    test.clock.advance(9_999);
    cut();
    expect(delays.at(-1)).toBe(2_500);
    test.live();
    test.clock.advance(10_000);
    cut();
    expect(delays.at(-1)).toBe(500);
  });

  it.each([
    [30_000, 30_000],
    [0, 100],
    [2 ** 40, 300_000],
    ["soon", 250],
  ])("B48 waits %s as the server says: %i", (reconnectAfterMs, expected) => {
    const test = start();
    test.live().say({ type: "bye", code: 1012, reason: "restarting", reconnectAfterMs });
    test.server.socket.end(1012, "restarting");
    const { state } = test.client;
    expect(state).toMatchObject({ name: "waiting", code: 1012, reason: "restarting" });
    expect(state.name === "waiting" && state.retryAtMs - test.clock.dateMs()).toBe(expected);
  });

  it("goes by the code of bye where the socket has none of its own", () => {
    const test = start();
    test.live().say({ type: "bye", code: 4505, reason: "disconnected by the host" });
    test.server.socket.end(1006);
    expect(test.client.state).toEqual({ name: "closed", code: 4505, reason: "disconnected by the host" });
  });

  it.each([1000, 1001, 1006, 1012, 1013, 4001, 4499, 5000, 3000])("comes back after %i", (code) => {
    const test = start();
    test.live().end(code);
    expect(test.client.state.name).toBe("waiting");
  });

  it.each([4500, 4502, 4999])("stays away after %i, with no timer left", (code) => {
    const test = start();
    test.live().end(code, "no");
    expect(test.client.state).toEqual({ name: "closed", code, reason: "no" });
    expect(test.clock.pendingTimers).toBe(0);
    test.clock.advance(1e9);
    expect(test.server.sockets).toHaveLength(1);
  });

  it("leaves nothing behind when it is closed", () => {
    const test = start();
    test.live();
    test.client.close();
    test.client.close();
    expect(test.states).toEqual(["connecting", "live", "closed"]);
    expect(test.server.socket.isClosed).toBe(true);
    expect([test.clock.pendingTimers, test.clock.pendingSoon]).toEqual([0, 0]);
  });
});

describe("liveness", () => {
  it("asks a server that says nothing for three heartbeats, and drops it when it is silent for one more", () => {
    const test = start();
    test.live({ heartbeatMs: 2_000 });
    test.clock.advance(5_000);
    test.server.socket.say({ type: "beat", serverTimeMs: 5, heads: [] });
    test.clock.advance(5_999);
    expect(test.server.socket.sentOf("ping")).toEqual([]);
    test.clock.advance(1);
    expect(test.server.socket.sentOf("ping")).toEqual([{ type: "ping", id: 0 }]);
    test.clock.advance(1_999);
    expect(test.client.state.name).toBe("live");
    test.clock.advance(1);
    expect(test.client.state).toMatchObject({ name: "waiting", code: 4001 });
  });

  it("goes on where the server answers", () => {
    const test = start();
    test.live({ heartbeatMs: 2_000 });
    for (let round = 1; round <= 3; round++) {
      test.clock.advance(6_000);
      expect(test.server.socket.sentOf("ping")).toHaveLength(round);
      test.clock.advance(1_000);
      test.server.socket.say({ type: "pong", id: 0, serverTimeMs: 1 });
    }
    expect(test.states).toEqual(["connecting", "live"]);
  });

  it.each([
    [0, 2_000],
    [-5, 2_000],
    [2 ** 40, 480_000],
    ["x", 40_000],
    [null, 40_000],
  ])("B48 clamps a heartbeat of %s to %i ms of silence", (heartbeatMs, silenceMs) => {
    const test = start();
    test.live({ heartbeatMs });
    test.clock.advance(silenceMs - 1);
    expect(test.client.state.name).toBe("live");
    test.clock.advance(1);
    expect(test.client.state.name).toBe("waiting");
  });

  it("asks once before it judges after a sleep", () => {
    const clock = manualClock();
    // A timer that comes two minutes late, as on a laptop that slept.
    let asleepMs = 0;
    const sleepy = { ...bind(clock), monotonicMs: () => clock.monotonicMs() + asleepMs };
    const test = harness({ ...sleepy, advance: (ms: number) => clock.advance(ms) });
    test.live({ heartbeatMs: 1_000 });
    asleepMs = 120_000;
    clock.advance(3_000);
    expect(test.server.socket.sentOf("ping")).toHaveLength(1);
    test.server.socket.say({ type: "pong", id: 0, serverTimeMs: 1 });
    clock.advance(2_999);
    expect(test.states).toEqual(["connecting", "live"]);
  });

  it("B48 survives absurd limits and a clock ten years off", () => {
    const test = start();
    test.live({ limits: null, serverTimeMs: 0 });
    test.client.subscribe();
    test.flush();
    expect(test.server.socket.sentOf("subscribe")).toHaveLength(1);
    expect(test.errors).toEqual([]);
  });

  it("B48 sets no timer under 100 ms or over 31 bits, whatever numbers a server gives", () => {
    const anyNumber = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -1, 1, 2 ** 40, 1e308));
    fc.assert(
      fc.property(anyNumber, anyNumber, anyNumber, fc.nat(5_000), (heartbeatMs, retryAfterMs, after, ms) => {
        const clock = manualClock();
        const delays: number[] = [];
        const recording = {
          ...bind(clock),
          advance: (byMs: number) => clock.advance(byMs),
          after: (delayMs: number, run: () => void) => {
            delays.push(delayMs);
            return clock.after(delayMs, run);
          },
        };
        const test = harness(recording);
        const socket = test.live({ heartbeatMs, serverTimeMs: retryAfterMs });
        test.client.subscribe();
        test.flush();
        socket.answer("subscribe", { type: "error", code: "rate_limited", temporary: true, retryAfterMs });
        clock.advance(ms);
        test.client.subscribe({ select: "another" });
        clock.advance(Math.min(ms, 1_000));
        socket.say({ type: "bye", code: 1012, reason: "r", reconnectAfterMs: after });
        socket.end(1012);
        expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
        expect(Math.max(...delays)).toBeLessThan(2 ** 31);
        test.client.close();
      }),
    );
  });
});

describe("B47 garbage", () => {
  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["no object", "null"],
    ["a number", "5"],
    ["binary", new ArrayBuffer(4)],
    ["a list of nothing", "[null"],
  ])("makes the client leave and come back: %s", (_, data) => {
    const test = start();
    const socket = test.live();
    test.watch(1);
    socket.say(data);
    expect(test.errors.map(({ code }) => code)).toEqual(["garbage"]);
    expect(test.client.state).toMatchObject({ name: "waiting", code: 4003 });
    expect(socket.closedWith).toBe(4003);
  });

  it("of a type it does not know is passed over", () => {
    const test = start();
    const socket = test.live();
    socket.say({ type: "nonsense" }, { type: 7 }, {}, []);
    expect(test.client.state.name).toBe("live");
    expect(test.errors).toEqual([]);
  });

  it("is told at most once a second for each word", () => {
    const test = start();
    const socket = test.live();
    const refusal = { type: "error", code: "internal", temporary: true };
    for (let k = 0; k < 15; k++) socket.say(refusal);
    socket.say({ ...refusal, code: "unavailable" });
    expect(test.errors.map(({ code }) => code)).toEqual(["internal", "unavailable"]);
    test.clock.advance(1_000);
    socket.say(refusal);
    expect(test.errors.at(-1)).toMatchObject({ code: "internal", suppressed: 14 });
  });

  it("without end makes it wait longer and longer", () => {
    const test = start();
    const delays: number[] = [];
    for (let round = 0; round < 8; round++) {
      test.live().say("garbage");
      const { state } = test.client;
      delays.push(state.name === "waiting" ? state.retryAtMs - test.clock.dateMs() : -1);
      test.comeBack();
    }
    expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  });

  it("never comes out of the client, whatever a server says", () => {
    const types = [
      "welcome",
      "subscribed",
      "frame",
      "block",
      "result",
      "series",
      "events",
      "quality",
      "revised",
    ];
    const more = ["beat", "error", "pong", "bye", "unsubscribed"];
    const fields = fc.dictionary(
      fc.constantFrom(
        "view",
        "tick",
        "prev",
        "items",
        "series",
        "i",
        "v",
        "id",
        "code",
        "from",
        "to",
        "step",
      ),
      fc.oneof(fc.jsonValue(), fc.nat(3)),
    );
    const message = fc.tuple(fc.constantFrom(...types, ...more), fields);
    fc.assert(
      fc.property(fc.array(message, { maxLength: 10 }), (messages) => {
        const test = start();
        test.live();
        const subscription = test.watch(1);
        test.client.query({ from: 1, to: 2 }).catch(() => undefined);
        for (const [type, rest] of messages) test.server.socket.say({ ...rest, type });
        test.clock.advance(0);
        subscription.series.columns();
        subscription.series.latest();
        test.client.close();
      }),
      { numRuns: lawRuns(300) },
    );
  });

  it("tells what a server refuses before it welcomes", () => {
    const test = start();
    test.server.socket.open();
    test.server.socket.say({ type: "error", code: "unauthenticated", temporary: false, field: "token" });
    test.server.socket.end(4502, "unauthenticated");
    expect(test.errors).toMatchObject([{ code: "unauthenticated" }]);
    expect(test.client.state).toEqual({ name: "closed", code: 4502, reason: "unauthenticated" });
  });
});

describe("the state machine", () => {
  // What comes behind it waits: for ever, as nothing is inflated while a property runs.
  const packedKeyframe = Uint8Array.of(binaryKinds.keyframe | binaryFlags.packed, 1, 1, 0).buffer;
  const event = fc.oneof(
    fc.constantFrom("open", "welcome", "error", "garbage", "packed", "subscribe", "query", "close" as const),
    fc.record({ end: fc.constantFrom(1000, 1006, 1012, 4001, 4500, 4999) }),
    fc.record({ bye: fc.constantFrom(1012, 1013, 4505), after: fc.option(fc.integer()) }),
    fc.record({ waitMs: fc.integer({ min: 0, max: 40_000 }) }),
  );

  it("is in one state, with one timer for each purpose, whatever happens in whatever order", () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 40 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (events, jitter) => {
          const test = start({
            random: { fraction: () => jitter },
            reconnect: { minMs: 500, maxMs: 20_000 },
          });
          let mayBeOver = false;
          for (const happens of events) {
            const { socket } = test.server;
            mayBeOver ||= isLast(happens);
            act(test, socket, happens);
            const { state } = test.client;
            expect(["connecting", "live", "waiting", "closed"]).toContain(state.name);
            // Liveness or retry, one flush, one for each request.
            const queries = events.filter((one) => one === "query").length;
            expect(test.clock.pendingTimers).toBeLessThanOrEqual(3 + queries);
            expect(test.clock.pendingSoon).toBeLessThanOrEqual(2);
            expect(test.server.sockets.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(1);
            if (state.name === "waiting") expectDelay(state.retryAtMs - test.clock.dateMs());
            if (state.name === "closed") expect([test.clock.pendingTimers, mayBeOver]).toEqual([0, true]);
          }
          test.client.close();
          expect(test.client.state.name).toBe("closed");
          expect([test.clock.pendingTimers, test.clock.pendingSoon]).toEqual([0, 0]);
        },
      ),
      { numRuns: lawRuns(500) },
    );
  });

  type Test = ReturnType<typeof start>;
  type Happening = typeof event extends fc.Arbitrary<infer Value> ? Value : never;

  function act(test: Test, socket: ScriptedSocket, happens: Happening): void {
    if (typeof happens === "object") {
      if ("waitMs" in happens) test.clock.advance(happens.waitMs);
      else if ("end" in happens) socket.end(happens.end);
      else
        socket.say({
          type: "bye",
          code: happens.bye,
          reason: "r",
          ...(happens.after !== null && { reconnectAfterMs: happens.after }),
        });
    } else if (happens === "open") {
      // A socket opens once, and is told hello then.
      if (!socket.isClosed && socket.sentOf("hello").length === 0) socket.open();
    } else if (happens === "welcome") socket.say(welcomeMessage);
    else if (happens === "error")
      socket.say({ type: "error", code: "rate_limited", temporary: true, retryAfterMs: 50 });
    else if (happens === "garbage") socket.say("{");
    else if (happens === "packed") socket.say(packedKeyframe);
    else if (happens === "subscribe") test.client.subscribe({ select: "a*" });
    else if (happens === "query") test.client.query({ from: 0, to: 1 }).catch(() => undefined);
    else if (happens === "close") test.client.close();
  }

  function isLast(happens: Happening): boolean {
    if (typeof happens !== "object") return happens === "close";
    return ("end" in happens && happens.end >= 4500) || ("bye" in happens && happens.bye >= 4500);
  }

  function expectDelay(delayMs: number): void {
    expect(delayMs).toBeGreaterThanOrEqual(0);
    expect(delayMs).toBeLessThanOrEqual(300_000);
  }
});

function bind(clock: ReturnType<typeof manualClock>) {
  return {
    monotonicMs: () => clock.monotonicMs(),
    dateMs: () => clock.dateMs(),
    after: (delayMs: number, run: () => void) => clock.after(delayMs, run),
    soon: (run: () => void) => clock.soon(run),
  };
}
