import { expect, test } from "vitest";
import { readFavourites, writeFavourites } from "./favourites.js";

const drawer = (content: string | null) => {
  const kept = { content };
  return {
    kept,
    getItem: () => kept.content,
    setItem: (_: string, value: string) => {
      kept.content = value;
    },
  };
};

test("what was marked is there again", () => {
  const storage = drawer(null);
  writeFavourites(storage, ["a", "b"]);
  expect(readFavourites(storage)).toEqual(["a", "b"]);
});

test.each([null, "{", "5", '{"a":1}', '[1,{"x":2}]'])("%j is no mark", (content) => {
  expect(readFavourites(drawer(content))).toEqual([]);
});

test("a storage that refuses is no reason to fail", () => {
  const refusing = {
    getItem: () => {
      throw new Error("no");
    },
    setItem: () => {
      throw new Error("no");
    },
  };
  expect(readFavourites(refusing)).toEqual([]);
  expect(() => writeFavourites(refusing, ["a"])).not.toThrow();
  expect(readFavourites(undefined)).toEqual([]);
});
