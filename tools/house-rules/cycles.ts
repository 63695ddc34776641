import { importsOf, resolveRelative } from "./imports.js";
import type { SourceFile, Violation } from "./source-file.js";

/** Files that import each other in a circle, type imports included; one report per circle. */
export function importCycles(files: readonly SourceFile[]): Violation[] {
  const graph = new Map(files.map((file) => [file.path, targetsOf(file)]));
  const reported = new Set<string>();
  const done = new Set<string>();
  const found: Violation[] = [];

  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      report(trail.slice(start));
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) if (graph.has(target)) visit(target, [...trail, path]);
    done.add(path);
  };

  const report = (circle: readonly string[]): void => {
    const key = [...circle].sort((a, b) => a.localeCompare(b)).join(" ");
    if (reported.has(key)) return;
    reported.add(key);
    const [first = ""] = circle;
    found.push({ path: first, line: 1, problem: `imports in a circle: ${[...circle, first].join(" -> ")}` });
  };

  for (const path of graph.keys()) visit(path, []);
  return found;
}

function targetsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter(({ specifier }) => specifier.startsWith("."))
    .map(({ specifier }) => resolveRelative(file.path, specifier));
}
