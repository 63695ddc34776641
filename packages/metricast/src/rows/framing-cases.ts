import { closePayload, opcodes, until, wsFrame } from "@metricast/testkit";
import { expect } from "vitest";
import { expectClose, expectServed, type InputCase, saidCode, sends } from "./input-case.js";

// B1 to B14: bytes after the upgrade that are no honest WebSocket. What a transport does of them alone is in
// packages/transport-ws/src/framing.test.ts.

const { text, continuation, close, ping, pong } = opcodes;
const begin = (payload = "x") => wsFrame({ opcode: text, payload, fin: false });
const fragments = (count: number, payload = "x") =>
  Buffer.concat(Array.from({ length: count }, () => wsFrame({ opcode: continuation, payload, fin: false })));

const tooLongForNumbers = "the length is beyond what a number holds exactly";

function raw(row: string, input: string, bytes: Uint8Array, when?: string): InputCase {
  return {
    row,
    ...(when !== undefined && { when }),
    input,
    run: async (stage, answer) => {
      const client = await stage.connect();
      client.peer.raw(bytes);
      await expectClose(client, answer.close);
      // Nothing of it was taken for a message.
      expect(client.of("error")).toEqual([]);
    },
  };
}

const closed: readonly InputCase[] = [
  raw("B1", "text that is not UTF-8", wsFrame({ opcode: text, payload: Buffer.of(0xc3, 0x28) })),
  raw("B1", "a surrogate in UTF-8", wsFrame({ opcode: text, payload: Buffer.of(0xed, 0xa0, 0x80) })),
  raw("B2", "a frame without a mask", wsFrame({ opcode: text, payload: "{}", masked: false })),
  raw("B2", "RSV1, a compressed frame, with no extension", wsFrame({ opcode: text, payload: "{}", rsv: 4 })),
  raw("B2", "RSV2", wsFrame({ opcode: text, payload: "{}", rsv: 2 })),
  raw("B2", "RSV3", wsFrame({ opcode: text, payload: "{}", rsv: 1 })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) =>
    raw("B3", `opcode ${opcode}`, wsFrame({ opcode, payload: "" })),
  ),
  ...[ping, pong, close].flatMap((opcode) => [
    raw("B4", `opcode ${opcode} with 126 bytes`, wsFrame({ opcode, payload: Buffer.alloc(126, 1) })),
    raw("B4", `opcode ${opcode} in fragments`, wsFrame({ opcode, fin: false })),
  ]),
  raw("B5", "a continuation of nothing", wsFrame({ opcode: continuation, payload: "x" })),
  raw("B5", "a new text inside one", Buffer.concat([begin(), wsFrame({ opcode: text, payload: "y" })])),
  raw("B6", "16,385 bytes", wsFrame({ opcode: text, payload: Buffer.alloc(16_385, 32) })),
  raw("B6", "16,385 bytes in two fragments", Buffer.concat([begin(" ".repeat(16_384)), fragments(1)])),
  raw("B6", "a declared length of 2^40", wsFrame({ opcode: text, declaredLength: 2n ** 40n })),
  raw(
    "B6",
    "a declared length of 2^63",
    wsFrame({ opcode: text, declaredLength: 2n ** 63n }),
    tooLongForNumbers,
  ),
  raw("B7", "17 fragments", Buffer.concat([begin(), fragments(16)])),
  raw("B7", "17 empty fragments", Buffer.concat([begin(""), fragments(16, "")])),
  ...[999, 1005, 1006].map((code) =>
    raw("B9", `close code ${code}`, wsFrame({ opcode: close, payload: closePayload(code) })),
  ),
  raw("B9", "a close body of one byte", wsFrame({ opcode: close, payload: Buffer.of(3) })),
  raw(
    "B10",
    "a close reason of c3 28",
    wsFrame({ opcode: close, payload: closePayload(1000, Buffer.of(0xc3, 0x28)) }),
  ),
  raw("B11", "HTTP after the 101", Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")),
  raw("B11", "a TLS hello after the 101", Buffer.from("16030100f8010000f40303", "hex")),
  sends({ row: "B14", input: "a good message as binary" }, Buffer.from('{"type":"ping","id":1}')),
  sends({ row: "B14", input: "no bytes as binary" }, new Uint8Array()),
];

const pingOf = (bytes: number) => {
  const bare = JSON.stringify({ type: "ping", id: 1, pad: "" }).length;
  return JSON.stringify({ type: "ping", id: 1, pad: "x".repeat(bytes - bare) });
};

const taken: readonly InputCase[] = [
  {
    row: "B6",
    input: "16,384 bytes, which is not too much",
    run: async (stage) => {
      const client = await stage.connect();
      client.peer.send(pingOf(16_384));
      await until(() => client.of("pong").length === 1);
    },
  },
  {
    row: "B7",
    input: "16 fragments, which is not too many",
    run: async (stage) => {
      const client = await stage.connect();
      const parts = [...'{"type":"ping","id":7}'.padEnd(32)].map((_, at, all) =>
        all.slice(2 * at, 2 * at + 2).join(""),
      );
      parts.slice(0, 16).forEach((payload, at) => {
        client.peer.raw(wsFrame({ opcode: at === 0 ? text : continuation, payload, fin: at === 15 }));
      });
      await until(() => client.of("pong").length === 1);
      expect(client.of("pong")).toMatchObject([{ id: 7 }]);
    },
  },
];

const inWords: readonly InputCase[] = [
  {
    row: "B8",
    input: "a first fragment, then nothing but pongs, for a whole session",
    run: async (stage, answer) => {
      const { clock, served } = await stage.also({ maxSessionMs: 60_000 });
      const { peer } = await served.open({ headers: [["X-User", "ann"]] });
      peer.raw(begin("x".repeat(16_000)));
      for (let second = 0; second < 70 && peer.closeFrame === undefined; second += 5) {
        await clock.advanceAsync(5_000);
        // Once this is answered the server has had every pong before it.
        peer.ping("");
        const pongs = peer.pongs.length;
        await until(() => peer.pongs.length > pongs || peer.ended);
        if (second < 50) expect(peer.closeFrame).toBeUndefined();
      }
      expect(peer.closeCode).toBe(saidCode(answer, 4007));
    },
  },
  {
    row: "B12",
    input: "500 pings at a time from a peer that does not read",
    run: async (stage) => {
      const codes: number[] = [];
      const stop = stage.main.cast.on("disconnect", ({ code }) => codes.push(code));
      const { peer } = await stage.connect();
      peer.pause();
      const flood = Buffer.concat(
        Array.from({ length: 500 }, () => wsFrame({ opcode: ping, payload: Buffer.alloc(125) })),
      );
      await until(() => {
        peer.raw(flood);
        return codes.length > 0;
      }, 10_000);
      stop();
      expect(codes).toEqual([1006]);
    },
  },
  {
    row: "B13",
    input: "permessage-deflate with a parameter",
    run: async (stage) => {
      const offer = "permessage-deflate; client_max_window_bits";
      const client = await stage.connect({ headers: [["Sec-WebSocket-Extensions", offer]] });
      expect(client.peer.response.headers.has("sec-websocket-extensions")).toBe(false);
      await expectServed(client);
    },
  },
];

export const framingCases: readonly InputCase[] = [...closed, ...taken, ...inWords];
