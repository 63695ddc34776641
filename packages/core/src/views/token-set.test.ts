import { expect, test } from "vitest";
import { ColumnFeed } from "./testing/column-feed.js";
import { TokenSet } from "./token-set.js";

const gauge = (name: string) => ({ name, labels: {}, kind: "gauge" }) as const;

function tokenSet(series: number) {
  const feed = new ColumnFeed();
  for (let index = 0; index < series; index += 1) feed.add(gauge(`g${index}`));
  const read = () => () => [];
  return { feed, tokens: new TokenSet(feed, read) };
}

test("nothing is kept for a codec that nobody views", () => {
  const { feed, tokens } = tokenSet(100);
  tokens.advance(feed.batch(1, Array(100).fill(1)));
  expect(tokens.bytes).toBe(0);
  tokens.json(1);
  const json = tokens.bytes;
  expect(json).toBeGreaterThan(100 * 8);
  const binary = tokens.binary(1);
  expect(tokens.bytes).toBeGreaterThan(json + 100 * 19);
  tokens.keep(new Set([binary]));
  expect(tokens.bytes).toBe(binary.bytes);
});

test("tokens made late begin with all there is, and go on from there", () => {
  const { feed, tokens } = tokenSet(2);
  tokens.advance(feed.batch(1, [1, 2]));
  tokens.advance(feed.batch(2, [1, 3]));
  const binary = tokens.binary(1);
  expect(binary).toMatchObject({ tick: 2, prev: 1, seriesCount: 2 });
  expect(tokens.binary(1)).toBe(binary);
  tokens.advance(feed.batch(3, [1, 4]));
  expect(binary).toMatchObject({ tick: 3, prev: 2 });
});
