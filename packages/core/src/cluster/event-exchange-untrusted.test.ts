import { expect, test } from "vitest";
import type { StoredBatch } from "../contracts/store.js";
import { fakeEvents } from "../sessions/testing/fake-channel.js";
import { EventExchange } from "./event-exchange.js";

/** An instance's part in the exchange, beside a store that holds nothing. */
function start() {
  const events = fakeEvents();
  const faults: unknown[] = [];
  const told: number[] = [];
  const exchange = new EventExchange({
    store: { append: () => {}, isShared: () => true, async *read() {} },
    instance: "a",
    epoch: "epoch-a",
    channels: new Map([["events", events]]),
    onEvents: () => told.push(events.log.head),
    onFault: (instance, cause) => faults.push([instance, cause]),
  });
  return { exchange, events, faults, told };
}

function stored(n: number, text: string): StoredBatch {
  const bytes = Buffer.from(text);
  return { type: "batch", channel: "events", instance: "b", epoch: "b", tick: n, keyframe: true, bytes };
}

const event = (data: unknown) => JSON.stringify({ type: "deploy", atMs: 1_700_000_000_000, data });

test.each([
  ["nothing", ""],
  ["no JSON", "{"],
  ["no object", "null"],
  ["no type", '{"atMs":1}'],
  ["a number as type", '{"type":1,"atMs":1}'],
  ["no such type", '{"type":"a b","atMs":1}'],
  ["no time", '{"type":"deploy"}'],
  ["text as time", '{"type":"deploy","atMs":"1"}'],
  ["more data than an event may have", event("x".repeat(17_000))],
  ["a record that is too long to be read", `${" ".repeat(65_536)}${event(1)}`],
])("what another stored that is no event is told and passed over: %s", async (_, text) => {
  const { exchange, events, faults } = start();
  await exchange.warm();
  exchange.take(stored(1, text));
  expect(faults).toMatchObject([["b", expect.any(Error)]]);
  exchange.take(stored(2, event("good")));
  expect(events.log.since(0, () => true).events.map(({ data }) => data)).toEqual(["good"]);
});

test("of what comes before the past is read the newest 10,000 are kept", async () => {
  const { exchange, told } = start();
  for (let n = 1; n <= 10_001; n += 1) exchange.take(stored(n, event(n)));
  expect(told).toEqual([]);
  await exchange.warm();
  expect(told).toHaveLength(10_000);
});
