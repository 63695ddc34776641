import { once } from "node:events";
import type { Writable } from "node:stream";
import { closePayload, opcodes, wsFrame } from "@metricast/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as ws from "ws";
import { FrameReader } from "./frame-reader.js";

type Event = readonly unknown[];
const maxBytes = 300;

/** What our reader makes of bytes that come in these pieces. */
function read(pieces: readonly Buffer[]): Event[] {
  const events: Event[] = [];
  const reader = new FrameReader(
    {
      gotMessage: (data) => events.push(["message", typeof data === "string" ? data : [...data]]),
      gotPing: (payload) => events.push(["ping", [...payload]]),
      gotPong: (payload) => events.push(["pong", [...payload]]),
      gotClose: (code, reason) => events.push(["close", code, reason]),
      gotFault: (code) => events.push(["fault", code]),
    },
    maxBytes,
  );
  // Copies, as what is read is unmasked in place.
  for (const piece of pieces) reader.take(Buffer.from(piece));
  return events;
}

/** What the ws package makes of the same: another hand's reading of the same document. */
async function readByWs(bytes: Buffer): Promise<Event[]> {
  const events: Event[] = [];
  const options = { isServer: true, maxPayload: maxBytes, maxFragments: 16 };
  const receiver: Writable = Reflect.construct(Reflect.get(ws, "Receiver"), [options]);
  receiver.on("message", (data: Buffer, isBinary: boolean) =>
    events.push(["message", isBinary ? [...data] : data.toString()]),
  );
  receiver.on("ping", (payload: Buffer) => events.push(["ping", [...payload]]));
  receiver.on("pong", (payload: Buffer) => events.push(["pong", [...payload]]));
  receiver.on("conclude", (code: number, reason: Buffer) => events.push(["close", code, reason.toString()]));
  receiver.on("error", (error: object) => events.push(["fault", statusOf(error)]));
  receiver.on("error", () => {});
  const closed = once(receiver, "close");
  receiver.end(Buffer.from(bytes));
  await closed.catch(() => {});
  return events;
}

function statusOf(error: object): unknown {
  const symbol = Object.getOwnPropertySymbols(error).find(({ description }) => description === "status-code");
  return symbol && Reflect.get(error, symbol);
}

/** The same bytes in pieces that end at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, k) => bytes.subarray(ends[k - 1] ?? 0, end));
}

const payload = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.constantFrom(125, 126, 127, 300, 301).map((size) => new Uint8Array(size).fill(97)),
);
const close = fc
  .tuple(
    fc.constantFrom(999, 1000, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 2999, 3000, 4000, 4999, 5000),
    fc.string({ maxLength: 10 }),
  )
  .map(([code, reason]) => wsFrame({ opcode: opcodes.close, payload: closePayload(code, reason) }));
const anyFrame = fc
  .record({
    opcode: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 2, 3, 7, 8, 9, 9, 10, 10, 11, 15),
    payload: payload.map((bytes) => Buffer.from(bytes)),
    fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 2, arbitrary: fc.constant(false) }),
    masked: fc.oneof(
      { weight: 30, arbitrary: fc.constant(true) },
      { weight: 1, arbitrary: fc.constant(false) },
    ),
    rsv: fc.oneof(
      { weight: 30, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 7 }) },
    ),
  })
  .map((frame) => wsFrame(frame));
/** Messages as a client would send them: in fragments, with control frames between. */
const message = fc
  .tuple(fc.constantFrom(1, 2), fc.array(payload, { minLength: 1, maxLength: 18, size: "max" }), fc.boolean())
  .map(([opcode, parts, pings]) =>
    Buffer.concat(
      parts.flatMap((part, k) => [
        wsFrame({
          opcode: k === 0 ? opcode : 0,
          payload: Buffer.from(part.subarray(0, 16)),
          fin: k === parts.length - 1,
        }),
        ...(pings ? [wsFrame({ opcode: opcodes.ping, payload: String(k) })] : []),
      ]),
    ),
  );
const bytes = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: message },
      { weight: 3, arbitrary: anyFrame },
      { weight: 1, arbitrary: close },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((noise) => Buffer.from(noise)) },
    ),
    { maxLength: 8 },
  )
  .map((parts) => Buffer.concat(parts));
const places = fc.array(fc.nat({ max: 5_000 }), { maxLength: 12 });

describe("whatever bytes come", () => {
  test("they are read as the ws package reads them", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (all) => {
        expect(read([all])).toEqual(await readByWs(all));
      }),
      { numRuns: 2_000 },
    );
  });

  test("it does not matter where they are cut", () => {
    fc.assert(
      fc.property(bytes, places, (all, ends) => {
        expect(read(cut(all, ends))).toEqual(read([all]));
      }),
      { numRuns: 2_000 },
    );
  });

  test("nor whether they come one by one", () => {
    fc.assert(
      fc.property(bytes, (all) => {
        expect(read([...all].map((byte) => Buffer.of(byte)))).toEqual(read([all]));
      }),
      { numRuns: 300 },
    );
  });
});

test("one fault or close is the last that is told", () => {
  const fault = wsFrame({ opcode: 3, payload: "" });
  const text = wsFrame({ opcode: opcodes.text, payload: "after" });
  expect(read([fault, text, fault])).toEqual([["fault", 1002]]);
  const end = wsFrame({ opcode: opcodes.close, payload: closePayload(1000, "bye") });
  expect(read([end, text, fault])).toEqual([["close", 1000, "bye"]]);
  expect(read([Buffer.concat([end, text])])).toEqual([["close", 1000, "bye"]]);
});

test("a message that is too large is refused by its header, before anything is held for it", () => {
  const header = wsFrame({ opcode: opcodes.text, payload: Buffer.alloc(301) }).subarray(0, 8);
  expect(read([header])).toEqual([["fault", 1009]]);
  const fragment = wsFrame({ opcode: opcodes.text, payload: Buffer.alloc(200), fin: false });
  const more = wsFrame({ opcode: 0, payload: Buffer.alloc(101) }).subarray(0, 8);
  expect(read([fragment, more])).toEqual([["fault", 1009]]);
});

test("what it holds of a frame is a copy: the chunk may be a small part of something large", () => {
  const large = Buffer.alloc(65_536);
  const frame = wsFrame({ opcode: opcodes.text, payload: "hello" });
  frame.copy(large, 0, 0, 8);
  const events: unknown[] = [];
  const ignore = () => {};
  const reader = new FrameReader(
    {
      gotMessage: (data) => events.push(data),
      gotPing: ignore,
      gotPong: ignore,
      gotClose: ignore,
      gotFault: ignore,
    },
    maxBytes,
  );
  reader.take(large.subarray(0, 8));
  large.fill(0);
  reader.take(Buffer.from(frame.subarray(8)));
  expect(events).toEqual(["hello"]);
});
