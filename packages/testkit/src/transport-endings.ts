import type { Connection } from "@metricast/core";
import { expect, test } from "vitest";
import { type TransportStage, texts } from "./transport-stage.js";
import { until } from "./until.js";

/** How connections end. */
export function endings(stage: TransportStage): void {
  test("a client's close code and reason are told, and its code is answered", async () => {
    const { peer, session } = await stage.pair();
    peer.answersClose = false;
    peer.close(4321, "enough");
    await until(() => session.closes.length > 0);
    expect(session.closes).toEqual([{ code: 4321, reason: "enough" }]);
    await until(() => peer.closeFrame !== undefined);
    expect(peer.closeFrame?.code).toBe(4321);
    expect(session.connection.send(texts("late"))).toBe(false);
  });

  test("a client's close without a code is 1005", async () => {
    const { peer, session } = await stage.pair();
    peer.close();
    await until(() => session.closes.length > 0);
    expect(session.closes[0]?.code).toBe(1005);
  });

  test("the server's close code and reason reach the client after what was sent before", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(texts("last words"));
    session.connection.close(4002, "reading too slowly");
    expect(session.connection.send(texts("late"))).toBe(false);
    await until(() => session.closes.length > 0 && peer.ended);
    expect(peer.messages).toEqual(["last words"]);
    expect(peer.closeFrame).toEqual({ code: 4002, reason: "reading too slowly" });
    expect(session.closes[0]?.code).toBe(4002);
  });

  test("terminate ends at once, without a closing handshake", async () => {
    const { peer, session } = await stage.pair();
    session.connection.terminate();
    await until(() => session.closes.length > 0 && peer.ended);
    expect(peer.closeFrame).toBeUndefined();
    expect(session.closes[0]?.code).toBe(1006);
  });

  test("a client that vanishes is 1006", async () => {
    const { peer, session } = await stage.pair();
    peer.reset();
    await until(() => session.closes.length > 0);
    expect(session.closes[0]?.code).toBe(1006);
  });

  test("a closed connection takes every call and answers none", async () => {
    const { peer, session } = await stage.pair();
    peer.reset();
    await until(() => session.closes.length > 0);
    useAfterClose(session.connection);
    expect(session.closes).toHaveLength(1);
  });

  test("a close that may not be sent ends the connection all the same", async () => {
    const { peer, session } = await stage.pair();
    session.connection.close(17, "x".repeat(500));
    await until(() => session.closes.length > 0 && peer.ended);
  });

  test("a session may close inside accept", async () => {
    const { url, acceptor } = await stage.start();
    const accept = acceptor.accept.bind(acceptor);
    acceptor.accept = (connection, admitted) => {
      connection.send(texts("bye"));
      connection.close(1013, "try again later");
      return accept(connection, admitted);
    };
    const peer = await stage.peer(url);
    await until(() => peer.ended);
    expect(peer.messages).toEqual(["bye"]);
    expect(peer.closeFrame).toEqual({ code: 1013, reason: "try again later" });
  });
}

function useAfterClose(connection: Connection): void {
  expect(connection.send(texts("late"))).toBe(false);
  connection.ping(Uint8Array.of(1));
  connection.close(1000, "closed");
  connection.terminate();
  connection.terminate();
  expect(connection.bufferedBytes).toBeGreaterThanOrEqual(0);
}
