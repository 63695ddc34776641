import { expect, test } from "vitest";
import { entriesOf, fieldsOf, lastIdOf, scoredOf, streamsOf, timeOf } from "./replies.js";

const record = Buffer.from("record");
const entry = (id: unknown, ...fields: unknown[]) => [Buffer.from(String(id)), fields];

test("of entries those are read whose id is a tick, and which hold bytes", () => {
  const good = entry("5-0", "b", record);
  expect(entriesOf([good])).toEqual([{ tick: 5, record }]);
  const wrong = [
    entry("5-1", "b", record),
    entry("5", "b", record),
    entry("x5-0", "b", record),
    entry("5-0x", "b", record),
    entry("-5-0", "b", record),
    entry("9999999999999999-0", "b", record),
    entry("6-0", "b"),
    entry("6-0", "b", "text"),
    entry("6-0", "b", 7),
    ["6-0", null],
    [null, ["b", record]],
    "6-0",
    null,
    7,
  ];
  expect(entriesOf([...wrong, good])).toEqual([{ tick: 5, record }]);
});

test.each([undefined, null, 7, "text", new Error("refused"), {}, record])("%o holds nothing", (reply) => {
  for (const read of [entriesOf, streamsOf, fieldsOf, scoredOf]) expect(read(reply)).toEqual([]);
  expect(lastIdOf(reply)).toBeUndefined();
  expect(timeOf(reply)).toBeUndefined();
});

test("an id that is none is not the newest", () => {
  expect(lastIdOf([entry("5-0"), entry("6-2")])).toBe("6-2");
  for (const id of ["", "x", "6", "6-", "-1-0", "12345678901234567-0", "$"])
    expect(lastIdOf([entry(id)])).toBeUndefined();
});

test("a time is two numbers, be they text or not, and nothing else", () => {
  const times = [
    ["1700000000", "250000"],
    [1_700_000_000, 250_000],
    [Buffer.from("1700000000"), "250000"],
  ];
  for (const time of times) expect(timeOf(time)).toBe(1_700_000_000_250);
  const wrong = [
    [],
    [[], null],
    ["", ""],
    ["1700000000"],
    ["1700000000", null],
    ["now", "0"],
    ["-5", "0"],
    [Number.NaN, 0],
    ["1e9", "0"],
    ["1700000000", "1000000"],
    ["1700000000", "0", "0"],
  ];
  for (const reply of wrong) expect(timeOf(reply)).toBeUndefined();
});
