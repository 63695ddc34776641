import { until } from "@metricast/testkit";
import { longName } from "./hooked-service.js";
import { expectError, expectServed, type InputCase, sends } from "./input-case.js";

// B29: patterns made to hurt whoever matches them.

const subscribe = (item: object) => ({ type: "subscribe", id: 6, items: [item] });
const first = { id: 6, item: 0 };

const hostile: readonly (readonly [string, unknown])[] = [
  ["(a+)+$", "(a+)+$"],
  ["nine stars", "*a*a*a*a*a*a*a*a*"],
  ["nine stars in a row", "*********"],
  ["256 characters", "a".repeat(256)],
  ["an empty name", ""],
  ["an open quote", 'm{a="x'],
  ["an open brace", 'm{a="x"'],
  ["text after the brace", 'm{a="x"}y'],
  ["a label without a name", 'm{="x"}'],
  ["an unquoted value", "m{a=x}"],
  ["a regular match", 'm{a=~"x"}'],
  ["an unknown escape", 'm{a="\\x"}'],
  ["17 conditions", `m{${Array.from({ length: 17 }, (_, at) => `a${at}="x"`).join()}}`],
  ["an empty list", []],
  ["17 patterns", Array.from({ length: 17 }, (_, at) => `a${at}`)],
  ["1,001 characters", `m{a="${"x".repeat(1_001)}"}`],
  ["a list in a list", [["a"]]],
  ["no string", 7],
  ["an object", { 0: "a", length: 1 }],
];

export const selectCases: readonly InputCase[] = [
  ...hostile.map(([input, select]) =>
    sends({ row: "B29", input }, subscribe({ channel: "metrics", select }), first),
  ),
  sends(
    { row: "B29", input: "in a list" },
    { type: "list", id: 6, channel: "metrics", select: "m{" },
    { id: 6 },
  ),
  sends(
    { row: "B29", input: "in a list of a channel of events" },
    { type: "list", id: 6, channel: "audit", select: "m{" },
    { id: 6 },
  ),
  sends(
    { row: "B29", input: "in a query" },
    { type: "query", id: 6, items: [{ channel: "metrics", select: "m{", from: 0, to: 1 }] },
    first,
  ),
  sends(
    { row: "B29", input: "a condition on events, which have no labels" },
    subscribe({ channel: "audit", select: 'deploy{zone="a"}' }),
    first,
  ),
  {
    row: "B29",
    input: "in an update",
    run: async (stage, answer) => {
      const client = await stage.connect();
      const { number } = await client.watch();
      client.peer.send(JSON.stringify({ type: "update", id: 6, items: [{ view: number, select: "m{" }] }));
      await expectError(client, answer, first);
      await expectServed(client);
    },
  },
  {
    row: "B29",
    input: "eight stars, which are not too many, against a name of 255 characters",
    run: async (stage) => {
      const client = await stage.connect();
      const view = await client.watch({ select: ["*a*a*a*a*a*a*a*b", "*a*a*a*a*a*a*a*"] });
      // A matcher that goes back and forth would take years.
      await until(() => view.value(longName) === 1, 1_000);
    },
  },
];
