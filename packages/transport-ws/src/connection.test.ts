import { EncodedFrame, Packet } from "@metricast/core";
import { HttpHost, openPeer, RecordingAcceptor, until } from "@metricast/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { wsPiece } from "./frame.js";
import { attachWs } from "./index.js";

let host: HttpHost;
let acceptor: RecordingAcceptor;

beforeEach(async () => {
  host = await HttpHost.start();
  acceptor = new RecordingAcceptor();
  attachWs(host.server, acceptor, { path: "/metricast" });
});

afterEach(async () => {
  vi.useRealTimers();
  await host.close();
});

async function pair() {
  const peer = await openPeer(host.ws("/metricast"));
  const session = acceptor.sessions.at(-1);
  if (session === undefined) throw new Error("no session");
  return { peer, session };
}

test("a client that never answers a close is dropped after 10 s", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { peer, session } = await pair();
  peer.answersClose = false;
  session.connection.close(4002, "reading too slowly");
  await until(() => peer.closeFrame !== undefined);
  vi.advanceTimersByTime(9_999);
  await new Promise(setImmediate);
  expect(peer.ended).toBe(false);
  vi.advanceTimersByTime(1);
  await until(() => peer.ended && session.closes.length === 1);
  expect(session.closes[0]?.code).toBe(1006);
});

test.each([0, 125, 126, 65_535, 65_536])(
  "a payload of %d bytes is framed in one buffer of its own",
  (length) => {
    const frame = new EncodedFrame(Buffer.alloc(length, 120), false);
    const piece = wsPiece(frame);
    expect(piece.subarray(piece.length - length)).toEqual(Buffer.alloc(length, 120));
    // From Node's shared pool, a short frame that waits for a slow socket would keep 8 KB alive.
    expect(piece.buffer.byteLength).toBe(piece.length);
  },
);

test("sockets of one view are given the very same memory", async () => {
  const [first, second] = [await pair(), await pair()];
  const frame = EncodedFrame.text("shared");
  for (const { session } of [first, second]) expect(session.connection.send(new Packet([frame]))).toBe(true);
  await until(() => [first, second].every(({ peer }) => peer.messages.length === 1));
  expect([...first.peer.messages, ...second.peer.messages]).toEqual(["shared", "shared"]);
  const [piece, again] = [wsPiece(frame), wsPiece(frame)];
  expect(again).toEqual(piece);
  expect(again.buffer).toBe(frame.bytes.buffer);
  expect(again.byteOffset).toBe(piece.byteOffset);
});

test("what a ping may not carry is not sent and not thrown", async () => {
  const { peer, session } = await pair();
  session.connection.ping(new Uint8Array(126));
  session.connection.ping(new Uint8Array(125));
  await until(() => peer.pings.length === 1);
  expect(peer.pings[0]).toHaveLength(125);
});
