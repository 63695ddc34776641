import { EncodedFrame, Packet } from "@metricast/core";
import { expect, test } from "vitest";
import { type TransportContractOptions, type TransportStage, textFrame, texts } from "./transport-stage.js";
import { until } from "./until.js";

/** What goes out, and what a session relies on when its client does not read. */
export function deliveries(
  stage: TransportStage,
  { highBoundBytes = 20 * 1024 * 1024 }: TransportContractOptions,
): void {
  test("texts of every size arrive whole and in order, several in one send", async () => {
    const { peer, session } = await stage.pair();
    const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
    const sent = sizes.map((size, n) => String(n).repeat(size));
    expect(session.connection.send(texts(...sent))).toBe(true);
    expect(session.connection.send(new Packet([]))).toBe(true);
    expect(session.connection.send(texts("käse ☃ 𝄞"))).toBe(true);
    await until(() => peer.messages.length === sizes.length + 1);
    expect(peer.messages).toEqual([...sent, "käse ☃ 𝄞"]);
  });

  test("a frame is built once for all clients", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url), await stage.peer(url)];
    const frame = new CountingFrame("shared");
    for (const session of acceptor.sessions) session.connection.send(new Packet([frame, frame]));
    await until(() => peers.every((peer) => peer.messages.length === 2));
    expect(frame.builds).toBeLessThanOrEqual(1);
    expect(new Set(frame.forms).size).toBeLessThanOrEqual(1);
  });

  test("a shared packet arrives whole and in order everywhere, with a ping or without", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url), await stage.peer(url)];
    const long = "two".repeat(50_000);
    const packet = new Packet([textFrame("one"), textFrame(long)], Uint8Array.of(9, 8), true);
    for (const { connection } of acceptor.sessions) {
      for (const sent of [texts("before"), packet, texts("after")]) expect(connection.send(sent)).toBe(true);
    }
    await until(() => peers.every((peer) => peer.messages.length === 4));
    for (const peer of peers) expect(peer.messages).toEqual(["before", "one", long, "after"]);
  });

  test("bufferedBytes grows while a client does not read, send refuses at last, drained tells when it reads on", async () => {
    const { peer, session } = await stage.pair();
    const { connection } = session;
    peer.pause();
    const chunk = texts("x".repeat(256 * 1024));
    let accepted = 0;
    while (connection.send(chunk)) {
      accepted += 1;
      if (connection.bufferedBytes > highBoundBytes) throw new Error("send accepts without bound");
      await new Promise(setImmediate);
    }
    expect(connection.bufferedBytes).toBeGreaterThan(1024 * 1024);
    const { drains } = session;
    peer.resume();
    await until(() => peer.messages.length === accepted, 10_000);
    await until(() => session.drains > drains);
    expect(connection.bufferedBytes).toBe(0);
    expect(connection.send(texts("again"))).toBe(true);
    await until(() => peer.messages.at(-1) === "again");
  });

  test("each connection is told of its own drain", async () => {
    const both = await stage.pairs();
    const before = both.map(({ session }) => session.drains);
    for (const { peer } of both) peer.pause();
    const chunk = texts("x".repeat(1024 * 1024));
    for (const { session } of both) {
      while (session.connection.bufferedBytes === 0) {
        session.connection.send(chunk);
        await new Promise(setImmediate);
      }
    }
    for (const { peer } of both) peer.resume();
    await until(() => both.every(({ session }, at) => session.drains > (before[at] ?? 0)), 10_000);
  });

  test("a client that does not read holds up no other", async () => {
    const [slow, quick] = await stage.pairs();
    slow.peer.pause();
    const chunk = texts("x".repeat(256 * 1024));
    let sent = 0;
    while (slow.session.connection.bufferedBytes < 1024 * 1024) {
      slow.session.connection.send(chunk);
      sent += 1;
      expect(quick.session.connection.send(texts(String(sent)))).toBe(true);
      await until(() => quick.peer.messages.length === sent);
    }
    expect(quick.peer.messages.at(-1)).toBe(String(sent));
    expect(quick.session.connection.bufferedBytes).toBe(0);
  });
}

/** Counts how often a form of it is built. */
class CountingFrame extends EncodedFrame {
  builds = 0;
  readonly forms: unknown[] = [];

  constructor(text: string) {
    super(Buffer.from(text), false);
  }

  override form<T>(transport: Parameters<typeof EncodedFrame.prototype.form<T>>[0]): T {
    const form = super.form<T>({
      key: transport.key,
      build: (frame) => {
        this.builds += 1;
        return transport.build(frame);
      },
    });
    this.forms.push(form);
    return form;
  }
}
