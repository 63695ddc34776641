import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { duplicates } from "./duplicates.mjs";

/** Statements of about ten tokens each. */
const stretch = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const a${at} = read(${at}, "b${at}");\n`).join("");

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "metricast-duplicates-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("what is planted twice is found, with both places", async () => {
  const folder = folderOf({ "one.ts": stretch(12), "two.ts": stretch(12) });
  const { code, output } = await duplicates([folder]);
  expect(code).toBe(1);
  expect(output).toMatch(/one\.ts[\s\S]*two\.ts/);
});

test("a few lines alike are none", async () => {
  const folder = folderOf({ "one.ts": stretch(6), "two.ts": `${stretch(6)}${"export {};\n".repeat(20)}` });
  expect(await duplicates([folder])).toEqual({ code: 0, output: "" });
});
