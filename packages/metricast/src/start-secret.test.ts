import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { developmentSecret, keptSecret } from "./start-secret.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "metricast-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a secret is kept, for its owner alone, and differs between projects", () => {
  const secret = keptSecret(join(folder, "a"));
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(keptSecret(join(folder, "a"))).toBe(secret);
  expect(keptSecret(join(folder, "b"))).not.toBe(secret);
  expect(statSync(join(folder, "a", "start-secret")).mode & 0o777).toBe(0o600);
});

test("one that others can read, or that is none, is not used", () => {
  keptSecret(folder);
  chmodSync(join(folder, "start-secret"), 0o644);
  expect(keptSecret(folder)).toBeUndefined();
  writeFileSync(join(folder, "start-secret"), "guess");
  chmodSync(join(folder, "start-secret"), 0o600);
  expect(keptSecret(folder)).toBeUndefined();
});

test("where nothing can be written there is none", () => {
  writeFileSync(join(folder, "file"), "");
  expect(keptSecret(join(folder, "file", "below"))).toBeUndefined();
});

test("in production nothing is kept", () => {
  expect(developmentSecret({ production: true })).toBeUndefined();
});
