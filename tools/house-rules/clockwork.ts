import ts from "typescript";
import { isCli, isTest, packageOf, type Rule, search } from "./source-file.js";

// Time and chance come in through contracts, so that tests own them. Only these files touch the real ones.
const clocks = new Set([
  "packages/core/src/clock.ts",
  "packages/client/src/clock.ts",
  "packages/dashboard/page/src/clock.ts",
]);

const timers = new Set(["setTimeout", "setInterval", "setImmediate"]);
const readings = new Set([
  "Date.now",
  "performance.now",
  "Math.random",
  "process.hrtime",
  "process.uptime",
  "AbortSignal.timeout",
]);
const modules = new Set(["timers", "timers/promises", "node:timers", "node:timers/promises"]);

export const clockOnlyInClocks: Rule = (file) => {
  if (clocks.has(file.path) || isTest(file.path) || isCli(file.path) || packageOf(file.path) === "testkit")
    return [];
  return search(file, (node) => {
    const name = timer(node) ?? reading(node) ?? now(node) ?? timerModule(node);
    return name === undefined ? undefined : `${name} belongs in clock.ts: take a Clock or Random instead`;
  });
};

/** `setTimeout` itself or `globalThis.setTimeout`; a Clock's own method of that name is no timer of Node. */
function timer(node: ts.Node): string | undefined {
  if (!ts.isIdentifier(node) || !timers.has(node.text)) return undefined;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    return parent.expression.getText() === "globalThis" ? node.text : undefined;
  }
  const declares =
    (ts.isPropertySignature(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isPropertyDeclaration(parent)) &&
    parent.name === node;
  return declares ? undefined : node.text;
}

function reading(node: ts.Node): string | undefined {
  if (!ts.isPropertyAccessExpression(node)) return undefined;
  const name = node.getText().replace(/^globalThis\./, "");
  return readings.has(name) ? name : undefined;
}

function now(node: ts.Node): string | undefined {
  const makes = ts.isNewExpression(node) || ts.isCallExpression(node);
  if (!makes || node.expression.getText() !== "Date") return undefined;
  return (node.arguments?.length ?? 0) === 0 ? "the current Date" : undefined;
}

function timerModule(node: ts.Node): string | undefined {
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return undefined;
  return modules.has(node.moduleSpecifier.text) ? node.moduleSpecifier.text : undefined;
}
