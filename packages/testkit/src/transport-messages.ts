import { EncodedFrame, Packet } from "@metricast/core";
import { expect, test } from "vitest";
import {
  sessionOf,
  type TransportContractOptions,
  type TransportStage,
  textFrame,
  texts,
} from "./transport-stage.js";
import { until } from "./until.js";
import { opcodes, wsFrame } from "./ws-frame.js";

/** What goes to and fro. */
export function messages(
  stage: TransportStage,
  { oversizeClose = 1009, earlyMessages = true }: TransportContractOptions,
): void {
  test("text and binary come as strings and bytes, in order", async () => {
    const { peer, session } = await stage.pair();
    const sent = ["", "käse ☃ 𝄞", Uint8Array.of(0, 255, 7), '{"a":1}', new Uint8Array(0)];
    for (const data of sent) peer.send(data);
    await until(() => session.messages.length === sent.length);
    expect(session.messages).toEqual(sent);
  });

  if (earlyMessages) earlyMessage(stage);

  test("frames of every header size arrive whole and in order, several in one send", async () => {
    const { peer, session } = await stage.pair();
    const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000];
    const sent = sizes.map((size, n) => String(n).repeat(size).slice(0, size));
    expect(session.connection.send(texts(...sent))).toBe(true);
    expect(session.connection.send(new Packet([new EncodedFrame(Uint8Array.of(1, 2, 3), true)]))).toBe(true);
    expect(session.connection.send(new Packet([]))).toBe(true);
    await until(() => peer.messages.length === sizes.length + 1);
    expect(peer.messages.slice(0, -1).map(String)).toEqual(sent);
    expect(peer.messages.at(-1)).toEqual(Buffer.of(1, 2, 3));
  });

  test("a frame is built once for all sockets", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url), await stage.peer(url)];
    const frame = new CountingFrame("shared");
    for (const session of acceptor.sessions) session.connection.send(new Packet([frame, frame]));
    await until(() => peers.every((peer) => peer.messages.length === 2));
    expect(frame.builds).toBeLessThanOrEqual(1);
    expect(new Set(frame.forms).size).toBeLessThanOrEqual(1);
  });

  test("a shared packet arrives whole and in order everywhere, its ping behind its messages", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url), await stage.peer(url)];
    const [one, two] = ["one", "two".repeat(50_000)].map(textFrame);
    if (one === undefined || two === undefined) throw new Error("two frames were made");
    const payload = Uint8Array.of(9, 8);
    const packet = new Packet([one, two], payload, true);
    for (const { connection } of acceptor.sessions) {
      expect(connection.send(texts("before"))).toBe(true);
      expect(connection.send(packet)).toBe(true);
      expect(connection.send(texts("after"))).toBe(true);
    }
    await until(() => peers.every((peer) => peer.messages.length === 4));
    for (const peer of peers) {
      expect(peer.messages).toEqual(["before", "one", "two".repeat(50_000), "after"]);
      expect(peer.pings).toEqual([Buffer.from(payload)]);
    }
    await until(() => acceptor.sessions.every((session) => session.pongs.length === 1));
    for (const session of acceptor.sessions) expect(session.pongs).toEqual([payload]);
  });

  test("a ping may go out with messages for one session, or alone", async () => {
    const { peer, session } = await stage.pair();
    session.connection.send(new Packet([textFrame("with")], Uint8Array.of(1)));
    session.connection.send(new Packet([], Uint8Array.of(2)));
    await until(() => session.pongs.length === 2);
    expect(peer.messages).toEqual(["with"]);
    expect(session.pongs).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  });

  test("pings carry their payload there and back, between the frames they were sent between", async () => {
    const { peer, session } = await stage.pair();
    const payload = Uint8Array.of(1, 2, 3, 250);
    session.connection.send(texts("before"));
    session.connection.ping(payload);
    await until(() => session.pongs.length === 1);
    expect(peer.messages).toEqual(["before"]);
    expect(peer.pings).toEqual([Buffer.from(payload)]);
    expect(session.pongs).toEqual([payload]);
  });

  test("a client's ping is answered with its payload and is no message", async () => {
    const { peer, session } = await stage.pair();
    peer.ping("are you there");
    await until(() => peer.pongs.length === 1);
    expect(peer.pongs[0]?.toString()).toBe("are you there");
    expect(session.messages).toHaveLength(0);
  });

  test("a message of maxFrameBytes passes, one byte more closes", async () => {
    const { peer, session } = await stage.pair({ maxFrameBytes: 1_000 });
    peer.send("x".repeat(1_000));
    await until(() => session.messages.length === 1);
    peer.send("x".repeat(1_001));
    await until(() => peer.closeCode !== undefined);
    expect(peer.closeCode).toBe(oversizeClose);
    expect(session.messages).toHaveLength(1);
  });

  test("a message in two fragments is one message", async () => {
    const { peer, session } = await stage.pair();
    peer.raw(wsFrame({ opcode: opcodes.text, payload: "one ", fin: false }));
    peer.raw(wsFrame({ opcode: opcodes.continuation, payload: "message" }));
    await until(() => session.messages.length === 1);
    expect(session.messages).toEqual(["one message"]);
  });

  test("a receiver that throws ends its own connection and no other", async () => {
    const { url, acceptor } = await stage.start();
    const [bad, good] = [await stage.peer(url), await stage.peer(url)];
    const [first, second] = acceptor.sessions;
    if (first === undefined || second === undefined) throw new Error("two sessions were expected");
    first.onMessage = () => {
      throw new Error("a fault of the receiver");
    };
    bad.send("boom");
    await until(() => bad.closeCode !== undefined);
    expect(bad.closeCode).toBe(1011);
    good.send("still here");
    await until(() => second.messages.length === 1);
  });
}

function earlyMessage(stage: TransportStage): void {
  test("what a client sent together with the handshake is not lost", async () => {
    const { url, acceptor } = await stage.start();
    const early = Array.from({ length: 50 }, (_, n) => String(n));
    const frames = early.map((payload) => wsFrame({ opcode: opcodes.text, payload }));
    await stage.peer(url, { early: Buffer.concat(frames) });
    const session = sessionOf(acceptor);
    await until(() => session.messages.length === early.length);
    expect(session.messages).toEqual(early);
  });
}

/** What a session relies on when its client does not read. */
export function backpressure(
  stage: TransportStage,
  { highBoundBytes = 20 * 1024 * 1024 }: TransportContractOptions,
): void {
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
    expect(session.drains).toBe(0);
    peer.resume();
    await until(() => peer.messages.length === accepted, 10_000);
    await until(() => session.drains > 0);
    expect(connection.bufferedBytes).toBe(0);
    expect(connection.send(texts("again"))).toBe(true);
    await until(() => peer.messages.at(-1) === "again");
  });

  test("each connection is told of its own drain", async () => {
    const { url, acceptor } = await stage.start();
    const peers = [await stage.peer(url), await stage.peer(url)];
    for (const peer of peers) peer.pause();
    const chunk = texts("x".repeat(1024 * 1024));
    for (const { connection } of acceptor.sessions) {
      while (connection.bufferedBytes === 0) {
        connection.send(chunk);
        await new Promise(setImmediate);
      }
    }
    for (const peer of peers) peer.resume();
    await until(() => acceptor.sessions.every((session) => session.drains > 0), 10_000);
  });
}

/** Counts how often a form of it is built. */
export class CountingFrame extends EncodedFrame {
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
