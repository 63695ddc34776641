import type { PackageManifest } from "./repository.js";
import { isTest, type Rule, type Violation } from "./source-file.js";

const longest = 300;
const dumps = new Set(["utils", "util", "types", "helpers", "helper", "common", "misc", "shared"]);
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:alone|long|uws))?(?:\.test|\.test-d|\.d)?\.tsx?$/;

/** Nobody finds the way in a file that does not fit on a few screens. */
export const staysShort: Rule = (file) => {
  const lines = file.text.split("\n").length - (file.text.endsWith("\n") ? 1 : 0);
  if (isTest(file.path) || lines <= longest) return [];
  return [{ path: file.path, line: longest + 1, problem: `${lines} lines, at most ${longest}` }];
};

/** A file's name is the noun it is about. */
export const hasProperName: Rule = (file) => {
  const name = file.path.split("/").at(-1) ?? "";
  if (!kebab.test(name)) return [{ path: file.path, line: 1, problem: "file names are kebab-case" }];
  const dump = file.path
    .replace(/(?:\.test)?\.tsx?$/, "")
    .split("/")
    .slice(3)
    .find((part) => dumps.has(part));
  return dump === undefined
    ? []
    : [{ path: file.path, line: 1, problem: `"${dump}" says nothing: name the thing` }];
};

/** What a person finds who opens the package on npm. */
export function isPresentable(manifest: PackageManifest): Violation[] {
  const problems: string[] = [];
  if (!manifest.readme?.startsWith(`# ${manifest.name}\n`))
    problems.push("needs a README.md that starts with its name");
  for (const file of ["dist", "README.md", "LICENSE"]) {
    if (!manifest.files.includes(file)) problems.push(`"files" lacks ${file}`);
  }
  return problems.map((problem) => ({ path: `packages/${manifest.folder}`, line: 1, problem }));
}
