import { protocolLimits } from "@metricast/protocol";
import { until } from "@metricast/testkit";
import { expect } from "vitest";
import { errorOf, expectClose, expectError, type InputCase, saidCode, sends } from "./input-case.js";

// B15 to B22: whole texts that are no message, or none that this server can answer.

const ping = { type: "ping", id: 1 };

/** Text that is taken: the answer is a pong of this id. */
function taken(row: string, input: string, text: string, id = 1): InputCase {
  return {
    row,
    input,
    run: async (stage) => {
      const client = await stage.connect();
      const known = Object.getOwnPropertyNames(Object.prototype);
      client.peer.send(text);
      await until(() => client.received.length > 1);
      expect(client.received.slice(1)).toEqual([{ type: "pong", id, serverTimeMs: expect.any(Number) }]);
      expect(Reflect.get({}, "x")).toBeUndefined();
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(known);
    },
  };
}

const noMessages = ["", " \r\n\t ", "null", "[]", '"x"', "1"];

const noMessage: readonly InputCase[] = [
  ...noMessages.map((text) => sends({ row: "B15", input: JSON.stringify(text) }, text)),
  {
    row: "B15",
    input: "ten of them within a minute",
    run: async (stage, answer) => {
      const client = await stage.connect();
      for (let sent = 0; sent < 9; sent += 1) client.peer.send(noMessages[sent % noMessages.length] ?? "");
      await until(() => client.of("error").length === 9);
      await stage.pass(30);
      client.peer.send("null");
      await expectClose(client, saidCode(answer, 4504));
      expect(client.of("error")).toEqual(Array.from({ length: 10 }, () => errorOf(answer)));
    },
  },
  ...[
    '{"type":"ping","id":1',
    '{"type":"ping","id":1,}',
    '\ufeff{"type":"ping","id":1}',
    '{"type":"ping","id":1}{"type":"ping","id":2}',
    '{"type":"ping","id":1}\0',
    "\0\0\0\0",
    "{'type':'ping','id':1}",
  ].map((text) => sends({ row: "B16", input: JSON.stringify(text) }, text)),
];

const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
const pingWithNested = (levels: number) => `{"type":"ping","id":1,"deep":${nested(levels - 1)}}`;

const deep: readonly InputCase[] = [
  sends({ row: "B17", input: "16 KB of [" }, "[".repeat(16_384)),
  sends({ row: "B17", input: "an honest message with nine levels" }, pingWithNested(9)),
  taken("B17", "eight levels, which is not too deep", pingWithNested(protocolLimits.maxDepth)),
  taken("B17", "brackets in a string", JSON.stringify({ ...ping, deep: `"${nested(2_000)}` })),
];

const members = (count: number) => Array.from({ length: count }, (_, key) => `"${key}":0`).join(",");
const keys: readonly InputCase[] = [
  taken("B18", "__proto__ and constructor.prototype", '{"type":"ping","id":1,"__proto__":{"x":1}}'),
  taken("B18", "constructor.prototype", '{"type":"ping","id":1,"constructor":{"prototype":{"x":1}}}'),
  {
    row: "B18",
    input: "the same as labels of a pattern, and beside the fields of an item",
    run: async (stage) => {
      const client = await stage.connect();
      const item =
        '{"channel":"metrics","select":"*{__proto__=\\"\\",constructor!=\\"x\\"}","__proto__":{"x":1}}';
      client.peer.send(`{"type":"subscribe","id":1,"items":[${item}]}`);
      await until(() => client.of("subscribed").length === 1);
      const [view] = client.views.values();
      await until(() => view?.value("seconds") !== undefined);
      expect(Reflect.get({}, "x")).toBeUndefined();
    },
  },
  sends(
    { row: "B19", when: "the message is over 16 KB", input: "10,000 keys that look like integers" },
    `{"type":"ping","id":1,${members(10_000)}}`,
  ),
  ...[15, 1_500].map((count) =>
    sends(
      {
        row: "B19",
        when: "it fits, with more than 16 keys in one object",
        input: `${count + 2} keys`,
      },
      `{"type":"ping","id":1,${members(count)}}`,
    ),
  ),
  {
    ...taken("B19", "16 keys, which is not too many", `{"type":"ping","id":1,${members(14)}}`),
    when: "it fits, with more than 16 keys in one object",
  },
  taken("B20", "two ids, and fields of no version", '{"id":1,"id":2,"type":"ping","colour":"red"}', 2),
  taken("B20", "two types", '{"type":"list","type":"ping","id":3}', 3),
];

const malformedIds = ["-1", "-0", "1.5", "9007199254740992", "1e400", '"1"', "{}", "null", "[1]", "true"];

const ids: readonly InputCase[] = [
  sends({ row: "B21", input: "no id" }, { type: "ping" }),
  ...malformedIds.map((id) => sends({ row: "B21", input: `id ${id}` }, `{"type":"ping","id":${id}}`)),
  sends({ row: "B21", input: "a malformed id of a hello" }, { type: "hello", id: "1" }),
  {
    row: "B21",
    input: "the id of a request that is not answered yet",
    run: async (stage, answer) => {
      const client = await stage.connect();
      client.send({ type: "subscribe", id: 7, items: [{ channel: "hangs" }] });
      client.send({ type: "ping", id: 7 });
      await expectError(client, answer);
      await stage.pass(6);
      // Then the first one is answered, and the id is free again.
      await until(() => client.of("error").length === 2);
      expect(client.of("error")[1]).toMatchObject({ id: 7, code: "forbidden" });
      client.send({ type: "ping", id: 7 });
      await until(() => client.of("pong").length === 1);
    },
  },
];

const known = { when: "a string that is no client's type" };
const missing = { when: "missing, or no string" };
const types: readonly InputCase[] = [
  ...["nope", "frame", "welcome", "constructor", "__proto__", "", "PING"].map((type) =>
    sends({ row: "B22", ...known, input: JSON.stringify(type) }, { type, id: 5 }, { id: 5 }),
  ),
  sends({ row: "B22", ...known, input: "without an id" }, { type: "nope" }),
  sends({ row: "B22", ...missing, input: "no type" }, { id: 5 }, { id: 5 }),
  ...[7, null, ["ping"], { ping: 1 }].map((type) =>
    sends({ row: "B22", ...missing, input: `type ${JSON.stringify(type)}` }, { type, id: 5 }, { id: 5 }),
  ),
];

export const messageCases: readonly InputCase[] = [...noMessage, ...deep, ...keys, ...ids, ...types];
