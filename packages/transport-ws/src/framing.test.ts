import { setImmediate as immediate } from "node:timers/promises";
import {
  closePayload,
  HttpHost,
  opcodes,
  openPeer,
  type PeerOptions,
  RecordingAcceptor,
  until,
  type WsPeer,
  wsFrame,
} from "@metricast/testkit";
import { afterEach, describe, expect, test } from "vitest";
import { attachWs } from "./index.js";

const { text, binary, continuation, close, ping, pong } = opcodes;
const fragment = (payload = "x") => wsFrame({ opcode: continuation, payload, fin: false });
const begin = (payload = "x") => wsFrame({ opcode: text, payload, fin: false });
const join = (...parts: Buffer[]) => Buffer.concat(parts);

/** Bytes a client may send after the upgrade, and the code the server's close frame then carries. */
const rows: readonly (readonly [row: string, bytes: Buffer, code: number])[] = [
  ["B1 text that is not UTF-8", wsFrame({ opcode: text, payload: Buffer.of(0xc3, 0x28) }), 1007],
  ["B1 a surrogate in UTF-8", wsFrame({ opcode: text, payload: Buffer.of(0xed, 0xa0, 0x80) }), 1007],
  ["B2 an unmasked frame", wsFrame({ opcode: text, payload: "hi", masked: false }), 1002],
  ["B2 RSV1 without an extension", wsFrame({ opcode: text, payload: "hi", rsv: 4 }), 1002],
  ["B2 RSV2", wsFrame({ opcode: text, payload: "hi", rsv: 2 }), 1002],
  ["B2 RSV3", wsFrame({ opcode: text, payload: "hi", rsv: 1 }), 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(
    (opcode) => [`B3 reserved opcode ${opcode}`, wsFrame({ opcode, payload: "" }), 1002] as const,
  ),
  ...([ping, pong, close] as const).flatMap(
    (opcode) =>
      [
        [`B4 control frame ${opcode} of 126 bytes`, wsFrame({ opcode, payload: Buffer.alloc(126, 1) }), 1002],
        [`B4 control frame ${opcode} in fragments`, wsFrame({ opcode, payload: "", fin: false }), 1002],
      ] as const,
  ),
  ["B5 a continuation without a start", wsFrame({ opcode: continuation, payload: "x" }), 1002],
  ["B5 a new text inside a fragmented one", join(begin(), wsFrame({ opcode: text, payload: "y" })), 1002],
  ["B6 a payload of 16,385 bytes", wsFrame({ opcode: text, payload: Buffer.alloc(16_385, 120) }), 1009],
  ["B6 a declared length of 2^40", wsFrame({ opcode: text, declaredLength: 2n ** 40n }), 1009],
  ["B6 a declared length of 2^63", wsFrame({ opcode: text, declaredLength: 2n ** 63n }), 1009],
  ["B6 fragments that add up to 16,385", join(begin("x".repeat(16_384)), fragment("y")), 1009],
  ["B7 17 fragments", join(begin(), ...Array.from({ length: 16 }, () => fragment())), 1008],
  ["B7 17 empty fragments", join(begin(""), ...Array.from({ length: 16 }, () => fragment(""))), 1008],
  ...[999, 1005, 1006].map(
    (code) =>
      [`B9 close code ${code}`, wsFrame({ opcode: close, payload: closePayload(code) }), 1002] as const,
  ),
  ["B9 a close body of one byte", wsFrame({ opcode: close, payload: Buffer.of(3) }), 1002],
  [
    "B10 a close reason that is not UTF-8",
    wsFrame({ opcode: close, payload: closePayload(1000, Buffer.of(0xc3, 0x28)) }),
    1007,
  ],
  ["B11 HTTP after the upgrade", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), 1002],
  ["B11 a TLS hello after the upgrade", Buffer.from("16030100f8010000f40303", "hex"), 1002],
];

describe("framing", () => {
  let host: HttpHost;
  let acceptor: RecordingAcceptor;
  const open = async (options?: PeerOptions): Promise<WsPeer> => {
    host = await HttpHost.start();
    acceptor = new RecordingAcceptor({ maxFrameBytes: 16_384 });
    attachWs(host.server, acceptor, { path: "/metricast" });
    return await openPeer(host.ws("/metricast"), options);
  };
  const session = () => {
    const [first] = acceptor.sessions;
    if (first === undefined) throw new Error("no session");
    return first;
  };
  afterEach(() => host.close());

  test.each(rows)("%s", async (_, bytes, code) => {
    const peer = await open();
    peer.raw(bytes);
    await until(() => peer.ended && session().closes.length === 1);
    expect(peer.closeFrame?.code).toBe(code);
    expect(session().messages).toEqual([]);
  });

  test("B7 16 fragments are one message", async () => {
    const peer = await open();
    peer.raw(join(begin(), ...Array.from({ length: 14 }, () => fragment())));
    peer.raw(wsFrame({ opcode: continuation, payload: "x" }));
    await until(() => session().messages.length === 1);
    expect(session().messages).toEqual(["x".repeat(16)]);
  });

  test("B8 a first fragment and then silence stays open, and small", async () => {
    const peer = await open();
    peer.raw(begin());
    peer.ping("still there?");
    await until(() => peer.pongs.length === 1);
    expect(peer.closeCode).toBeUndefined();
    expect(session().messages).toEqual([]);
  });

  test("a message that trickles in byte by byte is given up: each piece would be held by itself", async () => {
    const peer = await open();
    for (const byte of wsFrame({ opcode: text, payload: "x".repeat(4_000) })) {
      peer.raw(Buffer.of(byte));
      await immediate();
      if (peer.ended) break;
    }
    await until(() => session().closes.length === 1);
    expect(peer.closeFrame?.code).toBe(1008);
    expect(session().messages).toEqual([]);
  });

  test("B12 a ping flood of a client that does not read is terminated", async () => {
    const peer = await open();
    peer.pause();
    const flood = join(
      ...Array.from({ length: 500 }, () => wsFrame({ opcode: ping, payload: Buffer.alloc(125) })),
    );
    await until(() => {
      peer.raw(flood);
      return session().closes.length === 1;
    }, 10_000);
    expect(session().closes[0]?.code).toBe(1006);
  });

  test("B13 permessage-deflate is declined", async () => {
    const peer = await open({
      headers: [["Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"]],
    });
    expect(peer.response.headers.has("sec-websocket-extensions")).toBe(false);
  });

  test("B14 a binary message is told as bytes, for core to refuse with 1003", async () => {
    const peer = await open();
    session().onMessage = (data) => {
      if (typeof data !== "string") session().connection.close(1003, "unsupported data");
    };
    peer.raw(wsFrame({ opcode: binary, payload: Buffer.of(1, 2) }));
    await until(() => peer.ended);
    expect(peer.closeFrame).toEqual({ code: 1003, reason: "unsupported data" });
  });
});
