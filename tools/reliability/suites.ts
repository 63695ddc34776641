import { readdirSync, readFileSync } from "node:fs";
import { rowsOfTitle } from "./evidence.js";
import { proofs } from "./proofs.js";
import { root } from "./rows.js";

/** Suites whose titles are put together from the rows' own cases, one per transport. */
const byCase = /^packages\/metricast\/src\/rows\/input-rows\b/;

/** A test file that stands for some row, from the root of the repository. */
export interface RowSuite {
  readonly file: string;
  readonly text: string;
}

/** Every test file that names a row in a title, or stands for one by the table of proofs. */
export function rowSuites(): readonly RowSuite[] {
  const listed = new Set(proofs.map(({ file }) => file));
  return repositoryTests()
    .filter((file) => file.startsWith("packages/"))
    .map((file) => ({ file, text: readFileSync(new URL(file, root), "utf8") }))
    .filter(({ file, text }) => byCase.test(file) || listed.has(file) || rowsInTitles(text).length > 0);
}

/** The rows that titles of this text begin with. */
export function rowsInTitles(text: string): readonly string[] {
  return [...text.matchAll(/["'`]((?:F|B)\d[^"'`\n]*)["'`]/g)].flatMap(([, title = ""]) =>
    rowsOfTitle(title),
  );
}

/** From the root of the repository. */
export function repositoryTests(): readonly string[] {
  return readdirSync(new URL("packages/", root))
    .flatMap((name) => ["src", "page/src", "browser"].map((folder) => `packages/${name}/${folder}`))
    .concat("tools", "bench/src")
    .flatMap((folder) => filesBelow(folder))
    .filter((path) => /\.test\.tsx?$/.test(path));
}

function filesBelow(folder: string): readonly string[] {
  try {
    return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" }).map(
      (name) => `${folder}/${name.replaceAll("\\", "/")}`,
    );
  } catch {
    return []; // not every package has every folder
  }
}
