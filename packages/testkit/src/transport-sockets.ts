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
import type { WsPeer } from "./ws-peer.js";

/** What only a WebSocket has: subprotocols, messages of the client, binary ones, pings, close codes. */
export function socketsAlone(stage: TransportStage<WsPeer>, options: TransportContractOptions): void {
  subprotocols(stage);
  messages(stage, options);
  pings(stage);
  closeCodes(stage);
}

function subprotocols(stage: TransportStage<WsPeer>): void {
  test("the subprotocol answered is the one admitted, not the first offered", async () => {
    const { url, acceptor } = await stage.start({
      decide: ({ protocols }) => ({ accepted: true, protocol: protocols.at(-1) ?? "", ticket: {} }),
    });
    const chosen = await stage.peer(url, { protocols: ["first", "second"] });
    expect(acceptor.handshakes[0]?.protocols).toEqual(["first", "second"]);
    expect(chosen.response.headers.get("sec-websocket-protocol")).toBe("second");
    const none = await stage.peer(url);
    expect(none.response.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test("no subprotocol is answered where none was admitted", async () => {
    const { url } = await stage.start({ decide: () => ({ accepted: true, protocol: "", ticket: {} }) });
    const peer = await stage.peer(url, { protocols: ["unknown"] });
    expect(peer.response.headers.has("sec-websocket-protocol")).toBe(false);
  });
}

function messages(
  stage: TransportStage<WsPeer>,
  { oversizeClose = 1009, earlyMessages = true }: TransportContractOptions,
): void {
  test("text and binary come as strings and bytes, in order", async () => {
    const { peer, session } = await stage.pair();
    const sent = ["", "käse ☃ 𝄞", Uint8Array.of(0, 255, 7), '{"a":1}', new Uint8Array(0)];
    for (const data of sent) peer.send(data);
    await until(() => session.messages.length === sent.length);
    expect(session.messages).toEqual(sent);
  });

  test("and go as such, also in one send", async () => {
    const { peer, session } = await stage.pair();
    const bytes = new EncodedFrame(Buffer.of(1, 2, 3), true);
    expect(session.connection.send(new Packet([bytes, textFrame("text"), bytes]))).toBe(true);
    await until(() => peer.messages.length === 3);
    expect(peer.messages).toEqual([Buffer.of(1, 2, 3), "text", Buffer.of(1, 2, 3)]);
  });

  if (earlyMessages) earlyMessage(stage);

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

  test("a receiver that throws over a message ends its own connection and no other", async () => {
    const [bad, good] = await stage.pairs();
    bad.session.onMessage = () => {
      throw new Error("a fault of the receiver");
    };
    bad.peer.send("boom");
    await until(() => bad.peer.closeCode !== undefined);
    expect(bad.peer.closeCode).toBe(1011);
    good.peer.send("still here");
    await until(() => good.session.messages.length === 1);
  });
}

function earlyMessage(stage: TransportStage<WsPeer>): void {
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

function pings(stage: TransportStage<WsPeer>): void {
  test("a ping goes out behind the messages of its packet, of one session or of all, or alone", async () => {
    const both = await stage.pairs();
    const shared = new Packet([textFrame("with")], Uint8Array.of(1), true);
    for (const { session } of both) {
      session.connection.send(shared);
      session.connection.send(new Packet([textFrame("own")], Uint8Array.of(2)));
      session.connection.send(new Packet([], Uint8Array.of(3)));
      session.connection.ping(Uint8Array.of(4));
    }
    const payloads = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));
    await until(() => both.every(({ session }) => session.pongs.length === payloads.length));
    for (const { peer, session } of both) {
      expect(peer.messages).toEqual(["with", "own"]);
      expect(peer.pings).toEqual(payloads.map((payload) => Buffer.from(payload)));
      expect(session.pongs).toEqual(payloads);
    }
  });

  test("a client's ping is answered with its payload and is no message", async () => {
    const { peer, session } = await stage.pair();
    peer.ping("are you there");
    await until(() => peer.pongs.length === 1);
    expect(peer.pongs[0]?.toString()).toBe("are you there");
    expect(session.messages).toHaveLength(0);
  });
}

function closeCodes(stage: TransportStage<WsPeer>): void {
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

  test("the server's code and reason reach the client; those of terminate do not exist", async () => {
    const [closed, terminated] = await stage.pairs();
    closed.session.connection.close(4002, "reading too slowly");
    terminated.session.connection.terminate();
    await until(() => closed.peer.ended && terminated.peer.ended);
    expect(closed.peer.closeFrame).toEqual({ code: 4002, reason: "reading too slowly" });
    expect(terminated.peer.closeFrame).toBeUndefined();
  });

  test("a session may close inside accept", async () => {
    const { url, acceptor } = await stage.start();
    acceptor.onAccept = ({ connection }) => {
      connection.send(texts("bye"));
      connection.close(1013, "try again later");
    };
    const peer = await stage.peer(url);
    await until(() => peer.ended);
    expect(peer.messages).toEqual(["bye"]);
    expect(peer.closeFrame).toEqual({ code: 1013, reason: "try again later" });
  });
}
