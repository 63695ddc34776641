import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import {
  HttpHost,
  type ManualClock,
  manualClock,
  opcodes,
  rawHttp,
  ServedCast,
  type Shape,
  ShapingProxy,
  takeFrames,
  tickAlong,
  until,
  upgradeRequest,
  withoutDate,
  wsFrame,
} from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { type CastOptions, type Clock, metricast } from "../../index.js";

// What the same faults do where the protection is off.

const plain: RequestListener = (_: IncomingMessage, response: ServerResponse) =>
  void response.end("the host's own");
const h2c = "GET /api HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n";

async function hostOf(add: (host: HttpHost) => void): Promise<HttpHost> {
  const host = await HttpHost.start(plain);
  onTestFinished(() => host.close());
  add(host);
  return host;
}

describe("F6: a request that offers an upgrade nobody asked for", () => {
  test("is answered as without metricast", async () => {
    const alone = await hostOf(() => {});
    const cast = metricast({ clock: manualClock(), public: true, defaultSources: false });
    onTestFinished(() => cast.close());
    const beside = await hostOf(({ server }) => void cast.attach(server));
    expect(withoutDate(await rawHttp(beside.port, h2c))).toBe(withoutDate(await rawHttp(alone.port, h2c)));
  });

  test("twin: with an ordinary WebSocket server on the same port the host's route is gone", async () => {
    const beside = await hostOf(({ server }) => void new WebSocketServer({ server, path: "/metricast" }));
    const { status, body } = await rawHttp(beside.port, h2c);
    expect([status, body]).not.toEqual([200, "the host's own"]);
  });
});

describe("F14: a reader that stops reading", () => {
  const ticks = 120;

  /** Bytes that the server let go of and the reader did not take. */
  async function outsideWith(maxInFlightBytes: number): Promise<number> {
    const clock = manualClock();
    const read = ({ now }: { readonly now: number }) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, k) => [`wide_${k}`, Math.sin(now + k) * 1e6]));
    const cast = metricast({
      clock,
      intervalMs: 100,
      public: true,
      defaultSources: false,
      maxInFlightBytes,
      sources: [read],
    });
    const served = await ServedCast.start(cast);
    onTestFinished(() => served.close());
    await clock.advanceAsync(0);
    const sockets: Socket[] = [];
    served.host.server.on("connection", (socket: Socket) => sockets.push(socket));
    const reader = await served.open();
    await reader.watch();
    reader.peer.pause();
    for (let tick = 0; tick < ticks; tick += 1) await clock.advanceAsync(100);
    const written = () => sockets[0]?.bytesWritten ?? 0;
    let before = -1;
    await until(() => {
      const same = before === written();
      before = written();
      return same;
    });
    return written() - reader.peer.bytesTaken;
  }

  test("has 64 KB in flight at most", async () => {
    expect(await outsideWith(65_536)).toBeLessThanOrEqual(65_536);
  });

  test("twin: without the bound everything is handed over, and nothing of it arrives", async () => {
    expect(await outsideWith(16 * 1_048_576)).toBeGreaterThan(4 * 65_536);
  });
});

async function ticking(options: CastOptions): Promise<ServedCast<ReturnType<typeof metricast>>> {
  const sources = [({ now }: { readonly now: number }) => ({ tick: now / 1_000 })];
  const cast = metricast({ public: true, defaultSources: false, intervalMs: 1_000, sources, ...options });
  const served = await ServedCast.start(cast);
  onTestFinished(() => served.close());
  return served;
}

describe("F21: a reader that puts no segments together", () => {
  const messagesIn = (bytes: Buffer) =>
    takeFrames(bytes).frames.filter(({ payload }) => payload.toString().startsWith('{"type":')).length;

  /** The messages it hears while ten or more are sent. */
  async function heard(shape: Shape): Promise<number> {
    const clock = manualClock();
    const served = await ticking({ clock });
    const proxy = await ShapingProxy.listen(served.host.port, shape);
    const socket = connect(proxy.port, "127.0.0.1");
    onTestFinished(async () => {
      socket.destroy();
      await proxy.close();
    });
    let bytes = Buffer.alloc(0);
    let count = 0;
    socket.on("data", (segment: Buffer) => {
      bytes = Buffer.concat([bytes, segment]);
      count += messagesIn(segment);
    });
    const subscribe = JSON.stringify({ type: "subscribe", id: 1, items: [{ channel: "metrics" }] });
    socket.write(upgradeRequest(served.url));
    await until(() => bytes.includes("\r\n\r\n"));
    socket.write(wsFrame({ opcode: opcodes.text, payload: subscribe }));
    let ticks = 0;
    await until(async () => {
      const came = messagesIn(bytes.subarray(bytes.indexOf("\r\n\r\n") + 4));
      // Not faster than they come: it would be taken for dead.
      if (came >= ticks) {
        ticks += 1;
        await clock.advanceAsync(1_000);
      }
      return came >= 10;
    });
    return count;
  }

  test("hears a network that splits nothing", async () => {
    expect(await heard({})).toBeGreaterThan(8);
  });

  test("twin: hears nothing where every byte is in a segment of its own", async () => {
    expect(await heard({ splitBytes: 1 })).toBe(0);
  });
});

describe("F37: a wall clock that steps an hour forward", () => {
  /** Whether a session of half an hour at most has survived it. */
  async function survives(clockOf: (clock: ManualClock) => Clock): Promise<boolean> {
    const clock = manualClock();
    const served = await ticking({ clock: clockOf(clock), maxSessionMs: 1_800_000 });
    await clock.advanceAsync(0);
    const client = await served.open();
    await tickAlong(clock, 1_000, [await client.watch()], 3);
    clock.stepWall(3_600_000);
    const { received } = client;
    const before = received.length;
    await until(async () => {
      await clock.advanceAsync(1_000);
      return received.length > before + 3 || client.peer.ended;
    });
    return client.peer.closeCode === undefined;
  }

  test("ends nobody's time", async () => {
    expect(await survives((clock) => clock)).toBe(true);
  });

  test("twin: ends everybody's where deadlines are read off it", async () => {
    const byTheWall = (clock: ManualClock) => ({
      monotonicMs: () => clock.dateMs(),
      dateMs: () => clock.dateMs(),
      after: clock.after.bind(clock),
      soon: clock.soon.bind(clock),
    });
    expect(await survives(byTheWall)).toBe(false);
  });
});
