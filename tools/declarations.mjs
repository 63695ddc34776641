// Types of every package: one pass of tsc writes the declarations of all, then each package takes those it shows.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { runNode } from "./command.mjs";
import { compiler, root } from "./workspace.mjs";

const written = join(root, "node_modules", ".cache", "declarations");
const relativeImport = /(\b(?:from|import)\s*\(?\s*")(\.[^"]*)\.js(")/g;

/** Resolves to `{ code, output }`. What is wrong with the types is for `npm run typecheck` to say. */
export const writeDeclarations = () =>
  runNode(compiler, ["-p", "tsconfig.declarations.json"], { collect: true });

/** Copies what `index.d.ts` leads to into `dist`: for `import`, and where the package has it for `require` too. */
export function takeDeclarations(folder, { dual }) {
  const left = ["index"];
  const taken = new Set(left);
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const text = readFileSync(join(written, folder, "src", `${name}.d.ts`), "utf8");
    for (const [, , path] of text.matchAll(relativeImport)) {
      const target = posix.join(posix.dirname(name), path);
      if (!taken.has(target)) left.push(target);
      taken.add(target);
    }
    place(folder, `${name}.d.ts`, text);
    if (dual) place(folder, `${name}.d.cts`, text.replace(relativeImport, "$1$2.cjs$3"));
  }
}

function place(folder, name, text) {
  const target = join(root, "packages", folder, "dist", name);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}
