import { describe, expect, test } from "vitest";
import { closeCodes, hostCodes, mayReconnect, wireCodes } from "./codes.js";

const closes = Object.entries(closeCodes);
const standard = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013];

describe("close codes", () => {
  test("are all different", () => {
    expect(new Set(closes.map(([, { code }]) => code)).size).toBe(closes.length);
    expect(new Set(closes.map(([, { reason }]) => reason)).size).toBe(closes.length);
  });

  test.each(closes)("%s is a standard code or one of ours", (_, { code }) => {
    expect(standard.includes(code) || (code >= 4000 && code <= 4999)).toBe(true);
  });

  test.each(closes)("%s has a reason that fits a close frame", (_, { reason }) => {
    expect(reason).toMatch(/^[ -~]+$/);
    expect(Buffer.byteLength(reason)).toBeLessThan(123);
  });

  test("the range says whether a client comes back", () => {
    const stays = closes.filter(([, { code }]) => !mayReconnect(code)).map(([name]) => name);
    expect(stays).toEqual([
      "badMessage",
      "unsupportedVersion",
      "unauthenticated",
      "forbidden",
      "tooManyErrors",
      "kicked",
    ]);
  });

  test.each([
    [1000, true],
    [1006, true],
    [3999, true],
    [4000, true],
    [4499, true],
    [4500, false],
    [4777, false],
    [4999, false],
    [5000, true],
  ])("%i follows its range", (code, comesBack) => {
    expect(mayReconnect(code)).toBe(comesBack);
  });

  test("have the numbers that were agreed on", () => {
    expect(Object.fromEntries(closes.map(([name, { code }]) => [name, code]))).toMatchObject({
      noPong: 4001,
      slow: 4002,
      insufficientState: 4003,
      authExpired: 4004,
      rateLimited: 4005,
      connectionLimit: 4006,
      maxLifetime: 4007,
      helloTimeout: 4008,
      badMessage: 4500,
      unsupportedVersion: 4501,
      unauthenticated: 4502,
      forbidden: 4503,
      tooManyErrors: 4504,
      kicked: 4505,
    });
  });
});

describe("words", () => {
  test("are words, each with its meaning", () => {
    for (const [word, { meaning }] of Object.entries(wireCodes)) {
      expect(word).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(meaning).toMatch(/\.$/);
    }
  });

  test("only these may succeed later", () => {
    const temporary = Object.entries(wireCodes).filter(([, code]) => code.temporary);
    expect(temporary.map(([word]) => word)).toEqual([
      "rate_limited",
      "unavailable",
      "system_error",
      "internal",
    ]);
  });
});

test("codes for hosts begin with MC_ and say what they mean", () => {
  for (const [code, meaning] of Object.entries(hostCodes)) {
    expect(code).toMatch(/^MC(_[A-Z]+)+$/);
    expect(meaning).toMatch(/\.$/);
  }
});
