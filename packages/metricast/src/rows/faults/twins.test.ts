import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HttpHost, manualClock, rawHttp, ServedCast, until, withoutDate } from "@metricast/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { metricast } from "../../index.js";

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
