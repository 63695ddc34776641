import ts from "typescript";
import { lineOf, type SourceFile } from "./source-file.js";

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** True where nothing is loaded at run time, or only later: `import type`, `import()`. */
  readonly deferred: boolean;
}

/** Everything a file imports: statements, re-exports, `import()` and types written as `import("...")`. */
export function importsOf(file: SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const literal = specifierOf(node);
    if (literal !== undefined && ts.isStringLiteralLike(literal)) {
      found.push({ specifier: literal.text, line: lineOf(file, node), deferred: isDeferred(node) });
    }
    ts.forEachChild(node, visit);
  };
  visit(file.tree);
  return found;
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return node.arguments[0];
  return undefined;
}

function isDeferred(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
  if (ts.isExportDeclaration(node)) return node.isTypeOnly;
  return true;
}

/** The path a relative specifier means, as a source file: `./b.js` in `a/c.ts` is `a/b.ts`; `./b.jsx` is `a/b.tsx`. */
export function resolveRelative(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/").replace(/\.js(x?)$/, ".ts$1");
}
