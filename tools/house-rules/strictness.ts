import ts from "typescript";
import { isTest, type Rule, search, type Violation } from "./source-file.js";

/** No way round the type checker. */
export const keepsTypes: Rule = (file) => [...looseTypes(file), ...silencedChecks(file)];

const looseTypes: Rule = (file) =>
  search(file, (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) return "any: use unknown and look";
    if (ts.isNonNullExpression(node)) return "!: prove that it is there";
    return undefined;
  });

const silencer = /@ts-(?:ignore|nocheck|expect-error)/;

const silencedChecks: Rule = (file) => {
  if (isTest(file.path)) return []; // a type test expects errors
  return file.text.split("\n").flatMap((text, index): Violation[] => {
    const match = silencer.exec(text);
    return match === null ? [] : [{ path: file.path, line: index + 1, problem: match[0] }];
  });
};

const builders = new Set(["RegExp", "Function", "eval"]);

/** No program made from text: patterns are literals, which the reader can check for run-away matching. */
export const buildsNoPrograms: Rule = (file) => {
  if (isTest(file.path)) return [];
  return search(file, (node) => {
    if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return undefined;
    const name = node.expression.getText().replace(/^globalThis\./, "");
    return builders.has(name) ? `${name} builds a program from text` : undefined;
  });
};

/** Two metricasts in one process share nothing, so no module keeps state of its own. */
export const keepsNoModuleState: Rule = (file) => {
  if (isTest(file.path)) return [];
  return file.tree.statements
    .filter(ts.isVariableStatement)
    .filter((statement) => (statement.declarationList.flags & ts.NodeFlags.Const) === 0)
    .map((statement) => ({
      path: file.path,
      line: file.tree.getLineAndCharacterOfPosition(statement.getStart(file.tree)).line + 1,
      problem: "a module's own variable is shared by all instances",
    }));
};

const runners = new Set(["test", "it", "describe", "suite"]);
const escapes = new Set(["skip", "skipIf", "runIf", "only", "todo", "fails"]);

/** A test runs, everywhere, or does not exist. */
export const skipsNoTests: Rule = (file) => {
  if (!isTest(file.path)) return [];
  return search(file, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !escapes.has(node.name.text)) return undefined;
    return runners.has(node.expression.getText()) ? node.getText() : undefined;
  });
};
