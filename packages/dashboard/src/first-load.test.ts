import { expect, test } from "vitest";
import { type PageFile, readPageFiles } from "./page-files.js";

const files = readPageFiles();
const page = files.get("/");
const html = Buffer.from(page?.plain ?? []).toString();

/** What the browser asks for before anything is shown: whatever the page itself names. */
const named = [...html.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(([, path = ""]) => path);
const packed = (file: PageFile | undefined) => file?.packed.get("br")?.byteLength ?? file?.plain.byteLength;

test("the first load is under 60 kB compressed", () => {
  const sizes = Object.fromEntries(["/", ...named].map((path) => [path, packed(files.get(path))]));
  expect(Object.keys(sizes).some((path) => path.endsWith(".js"))).toBe(true);
  const total = Object.values(sizes).reduce<number>((sum, size) => sum + (size ?? Number.NaN), 0);
  expect(total, JSON.stringify(sizes)).toBeLessThan(60_000);
});

test("every file is there packed both ways, and nothing is named that is not there", () => {
  for (const path of named) expect(files.has(path), path).toBe(true);
  for (const [path, file] of files) expect([path, [...file.packed.keys()]]).toEqual([path, ["br", "gzip"]]);
});

test("the page has nothing inline and nothing from elsewhere, and its files tell no sources", () => {
  expect(html.replace(/"data:[^"]*"/g, "")).not.toMatch(/<style|style=|\son\w+=|https?:\/\//);
  expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
  const maps = [...files].filter(([, { plain }]) => Buffer.from(plain).includes("sourceMappingURL"));
  expect(maps).toEqual([]);
});
