import ts from "typescript";
import { isTest, type Rule, search } from "./source-file.js";

/**
 * No plain object takes keys that are not written in the source: `__proto__` and `constructor` are names that a
 * stranger may choose. A Map does, or an object without a prototype.
 */
export const keysNoObjects: Rule = (file) => {
  if (isTest(file.path)) return [];
  const plain = plainObjects(file.tree);
  return search(file, (node) => {
    if (isMergeOfParsed(node)) return "what was parsed is merged into an object";
    if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
      return undefined;
    const { left } = node;
    if (!ts.isElementAccessExpression(left) || ts.isLiteralExpression(left.argumentExpression))
      return undefined;
    const name = left.expression.getText();
    return plain.has(name) ? `${name} is keyed by a value: use a Map` : undefined;
  });
};

/** Names that the file gives to an object literal, save where its type says which keys there are. */
function plainObjects(tree: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) {
      if (node.initializer && ts.isObjectLiteralExpression(node.initializer) && isOpen(node.type)) {
        names.add(ts.isPropertyDeclaration(node) ? `this.${node.name.getText()}` : node.name.getText());
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names;
}

function isOpen(type: ts.TypeNode | undefined): boolean {
  return type === undefined || /\bRecord<string,|\[\w+: string\]/.test(type.getText());
}

function isMergeOfParsed(node: ts.Node): boolean {
  if (!ts.isCallExpression(node) || node.expression.getText() !== "Object.assign") return false;
  return node.arguments.some((argument) => argument.getText().startsWith("JSON.parse("));
}
