import { deflateRawSync } from "node:zlib";
import { expect, test } from "vitest";
import { inflateJson } from "./inflate.js";

test("a dictionary is inflated; one that would fill the page's memory is not", async () => {
  expect(await inflateJson(deflateRawSync('[{"name":"a"}]'))).toEqual([{ name: "a" }]);
  const bomb = deflateRawSync(`${" ".repeat(2 ** 24)}[]`);
  expect(bomb.length).toBeLessThan(20_000);
  await expect(inflateJson(bomb)).rejects.toThrow(TypeError);
});
