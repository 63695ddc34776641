import ts from "typescript";

/** A file of the repository, by its path from the root (always with `/`). */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** A broken rule, and where. */
export interface Violation {
  readonly path: string;
  readonly line: number;
  readonly problem: string;
}

export type Rule = (file: SourceFile) => readonly Violation[];

export function sourceFile(path: string, text: string): SourceFile {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true) };
}

/** Visits every node of the file; whatever `look` returns is a problem at that node. */
export function search(file: SourceFile, look: (node: ts.Node) => string | undefined): Violation[] {
  const found: Violation[] = [];
  const visit = (node: ts.Node): void => {
    const problem = look(node);
    if (problem !== undefined) found.push({ path: file.path, line: lineOf(file, node), problem });
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return found;
}

export function lineOf(file: SourceFile, node: ts.Node): number {
  return file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1;
}

/** `packages/core/src/x.ts` belongs to `core`; a file outside `packages/` to nothing. */
export function packageOf(path: string): string | undefined {
  const [top, name] = path.split("/");
  return top === "packages" ? name : undefined;
}

export const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
/** What the tests of a folder share; it is not shipped. */
export const isFixture = (path: string): boolean => path.includes("/testing/");
/** The dashboard's page runs in a browser; the handler that serves it does not. */
export const isPage = (path: string): boolean => path.startsWith("packages/dashboard/page/");
export const isCli = (path: string): boolean => path.startsWith("packages/metricast/src/cli/");
