import uws from "uWebSockets.js";
import { opcodes, openPeer, RecordingAcceptor, UwsHost, until, wsFrame } from "@metricast/testkit";
import { expect, onTestFinished, test } from "vitest";
import { uwsBehavior } from "./index.js";

async function serve(acceptor: RecordingAcceptor, options: Parameters<typeof uwsBehavior>[1] = {}) {
  const host = await UwsHost.start(uws, (app) => app.ws("/metricast", uwsBehavior(acceptor, options)));
  onTestFinished(() => host.close());
  return host.ws("/metricast");
}

async function pair(acceptor: RecordingAcceptor) {
  const peer = await openPeer(await serve(acceptor));
  onTestFinished(() => peer.destroy());
  const [session] = acceptor.sessions;
  if (session === undefined) throw new Error("no session");
  return { peer, session };
}

test("this is uWS itself, not its stand-in in JavaScript", () => {
  expect(Function.prototype.toString.call(uws.App)).toContain("[native code]");
});

test("limits are core's", () => {
  const acceptor = new RecordingAcceptor({ maxFrameBytes: 1_234 });
  expect(uwsBehavior(acceptor)).toMatchObject({
    maxPayloadLength: 1_234,
    idleTimeout: 40,
    sendPingsAutomatically: false,
  });
  // The longest that core takes is still what uWS takes.
  const patient = Object.assign(new RecordingAcceptor(), { deadAfterMs: 900_000 });
  expect(uwsBehavior(patient).idleTimeout).toBeLessThanOrEqual(960);
});

test("an SSLApp is one because the host says so", async () => {
  const acceptor = new RecordingAcceptor();
  const peer = await openPeer(await serve(acceptor, { secure: true }));
  onTestFinished(() => peer.destroy());
  expect(acceptor.handshakes[0]?.secure).toBe(true);
});

test("an address is written as Node writes it, where an App listens for both families", async () => {
  const acceptor = new RecordingAcceptor();
  const app = uws.App().ws("/metricast", uwsBehavior(acceptor));
  const socket = await new Promise<object>((resolve, reject) => {
    app.listen(0, (listening) =>
      listening === false ? reject(new Error("not listening")) : resolve(listening),
    );
  });
  onTestFinished(() => uws.us_listen_socket_close(socket));
  const peer = await openPeer(`ws://127.0.0.1:${uws.us_socket_local_port(socket)}/metricast`);
  onTestFinished(() => peer.destroy());
  expect(acceptor.handshakes[0]?.remoteAddress).toBe("::ffff:127.0.0.1");
});

test("of a ping flood little is held, and who does not read the answers is ended with the next thing sent", async () => {
  const { peer, session } = await pair(new RecordingAcceptor());
  peer.pause();
  const ping = wsFrame({ opcode: opcodes.ping, payload: Buffer.alloc(125) });
  const flood = Buffer.concat(Array.from({ length: 2_000 }, () => ping));
  await until(() => {
    peer.raw(flood);
    session.connection.ping(Uint8Array.of(1));
    return session.closes.length === 1;
  }, 25_000);
  expect(session.closes[0]?.code).toBe(1006);
}, 30_000);
