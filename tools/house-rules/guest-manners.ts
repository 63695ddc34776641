import ts from "typescript";
import { isCli, isTest, type Rule, search } from "./source-file.js";

// A library is a guest: the console, the process and the page belong to the host.
const crashFiles = new Set(["notify-crash.ts", "close-on-signals.ts"]);

const processActs = new Set([
  "on",
  "once",
  "off",
  "addListener",
  "removeListener",
  "prependListener",
  "prependOnceListener",
  "exit",
  "exitCode",
  "abort",
  "kill",
  "emit",
  "emitWarning",
  "chdir",
]);
const markup = new Set([
  "innerHTML",
  "outerHTML",
  "insertAdjacentHTML",
  "createContextualFragment",
  "dangerouslySetInnerHTML",
  "srcdoc",
]);

export const leavesHostAlone: Rule = (file) => {
  if (isTest(file.path)) return [];
  const own = isCli(file.path);
  const opted =
    file.path.startsWith("packages/core/src/") && crashFiles.has(file.path.split("/").at(-1) ?? "");
  return search(file, (node) => {
    if (ts.isJsxAttribute(node) && markup.has(node.name.getText())) {
      return `${node.name.getText()} turns text into markup`;
    }
    if (!ts.isPropertyAccessExpression(node)) return undefined;
    const target = node.expression.getText().replace(/^globalThis\./, "");
    const name = node.name.text;
    if (markup.has(name)) return `${name} turns text into markup`;
    if (own) return undefined;
    if (target === "console") return `console.${name}: use the host's logger or an event`;
    if (target === "process" && processActs.has(name) && !opted) return `process.${name} is the host's`;
    return undefined;
  });
};
