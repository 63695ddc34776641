import { Packet } from "@metricast/core";
import { expect, test } from "vitest";
import { type StreamPeer, subscribed } from "./transport-clients.js";
import { sessionOf, type TransportStage, textFrame, texts } from "./transport-stage.js";
import { until } from "./until.js";

/** What only a stream of events has: one request, ids, a time to come back, an HTTP answer where there is no stream. */
export function streamsAlone(stage: TransportStage<StreamPeer>): void {
  test("the request is told as a message; nothing else is, and no pong", async () => {
    const { peer, session } = await stage.pair();
    session.connection.ping(Uint8Array.of(1));
    session.connection.send(new Packet([], Uint8Array.of(2)));
    await until(() => peer.sse.comments.length === 2);
    expect(session.messages.map((message) => JSON.parse(String(message)))).toMatchObject([
      { type: "subscribe", id: 1 },
    ]);
    expect([peer.messages, session.pongs]).toEqual([[], []]);
  });

  test("what is sent before the stream is there goes ahead of all else", async () => {
    const { url, acceptor } = await stage.start();
    acceptor.onAccept = ({ connection }) => connection.send(texts('{"type":"welcome"}'));
    const { sse } = await stage.peer(url);
    sessionOf(acceptor).connection.send(texts("later"));
    await until(() => sse.events.length === 3);
    expect(sse.events.map(({ data }) => data)).toEqual(['{"type":"welcome"}', subscribed, "later"]);
  });

  test("a packet's position is the id of its last event, and of those that follow without one", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(new Packet(["a", "b"].map(textFrame), undefined, true, "v1.x.7"));
    session.connection.send(texts("c"));
    await until(() => peer.messages.length === 3);
    expect(peer.sse.events.slice(1).map(({ data, lastEventId }) => [data, lastEventId])).toEqual([
      ["a", ""],
      ["b", "v1.x.7"],
      ["c", "v1.x.7"],
    ]);
  });

  test("a goodbye carries when to come back, as a field that EventSource reads", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(texts('{"type":"bye","code":1012,"reason":"restarting","reconnectAfterMs":777}'));
    session.connection.close(1012, "restarting");
    await until(() => peer.ended);
    expect(peer.sse.retryMs).toBe(777);
  });

  test("a session that ends inside accept is a refusal with the time to come back", async () => {
    const { url, acceptor } = await stage.start();
    acceptor.onAccept = ({ connection }) => {
      connection.send(texts('{"type":"bye","code":1013,"reason":"later","reconnectAfterMs":2500}'));
      connection.close(1013, "later");
    };
    const { status, headers } = await stage.ask(url);
    expect([status, headers.get("retry-after")]).toEqual([503, "3"]);
    await until(() => acceptor.open.length === 0);
    expect(sessionOf(acceptor).closes[0]?.code).toBe(1013);
  });

  test.each<[string, (end: () => void) => void]>([
    [
      "a receiver that throws over the request",
      () => {
        throw new Error("a fault of the receiver");
      },
    ],
    ["a session that is torn down before it has answered", (end) => end()],
  ])("%s is a refusal too, and ends no other", async (_, onRequest) => {
    const { url, acceptor } = await stage.start();
    acceptor.onAccept = (session) => {
      session.onMessage = () => onRequest(() => session.connection.terminate());
    };
    expect((await stage.ask(url)).status).toBe(503);
    acceptor.onAccept = () => {};
    const peer = await stage.peer(url);
    sessionOf(acceptor).connection.send(texts("still here"));
    await until(() => peer.messages.length === 1);
  });
}
