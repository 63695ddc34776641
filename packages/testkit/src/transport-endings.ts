import { expect, test } from "vitest";
import { allGivenBack, resources } from "./resources.js";
import { type TransportStage, texts } from "./transport-stage.js";
import { until } from "./until.js";

/** How connections end. */
export function endings(stage: TransportStage): void {
  test("the server's close ends the client after what was sent before, and is told with its code", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(texts("last words"));
    session.connection.close(4002, "reading too slowly");
    expect(session.connection.send(texts("late"))).toBe(false);
    await until(() => session.closes.length > 0 && peer.ended);
    expect(peer.messages).toEqual(["last words"]);
    expect(session.closes).toEqual([{ code: 4002, reason: "reading too slowly" }]);
  });

  test("terminate ends at once and is 1006", async () => {
    const { peer, session } = await stage.pair();
    session.connection.terminate();
    await until(() => session.closes.length > 0 && peer.ended);
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
    const { connection } = session;
    peer.reset();
    await until(() => session.closes.length > 0);
    expect(connection.send(texts("late"))).toBe(false);
    connection.ping(Uint8Array.of(1));
    connection.close(1000, "closed");
    connection.terminate();
    connection.terminate();
    expect(connection.bufferedBytes).toBeGreaterThanOrEqual(0);
    expect(session.closes).toHaveLength(1);
  });

  test("a close that may not be sent ends the connection all the same", async () => {
    const { peer, session } = await stage.pair();
    session.connection.close(17, "x".repeat(500));
    await until(() => session.closes.length > 0 && peer.ended);
  });

  test("a receiver that throws as it is told of the end harms nobody", async () => {
    const [bad, good] = await stage.pairs();
    const closed = bad.session.closed.bind(bad.session);
    bad.session.closed = (code, reason) => {
      closed(code, reason);
      throw new Error("a fault of the receiver");
    };
    bad.peer.reset();
    await until(() => bad.session.closes.length === 1);
    good.session.connection.send(texts("still here"));
    await until(() => good.peer.messages.length === 1);
  });

  test("clients that come and go leave nothing behind, whoever ends them and however", async () => {
    const { url, acceptor, emitters } = await stage.start();
    (await stage.peer(url)).destroy();
    await until(() => acceptor.open.length === 0);
    const before = resources(emitters);
    for (let round = 0; round < 3; round += 1) {
      const peers = [await stage.peer(url), await stage.peer(url)];
      await stage.peer(url);
      await stage.peer(url);
      const [, , third, fourth] = acceptor.open;
      peers[0]?.destroy();
      peers[1]?.reset();
      third?.connection.close(1001, "going away");
      fourth?.connection.terminate();
      await until(() => acceptor.open.length === 0);
    }
    await allGivenBack(before, emitters);
  });
}
