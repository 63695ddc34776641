import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { pagesOf, type Snippet, snippetsOf } from "./page-snippets.js";

export interface Extracted extends Snippet {
  /** Where its code stands, on the lines on which it stands in the page. */
  readonly path: string;
}

/** Writes every snippet of README and docs as a module below `folder`. */
export function extract(root: string, folder: string): Extracted[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/package.json`, '{ "type": "module" }\n');
  writeFileSync(`${folder}/tsconfig.json`, settings(relative(folder, root)));
  return pagesOf(root)
    .flatMap((page) => snippetsOf(root, page))
    .map((snippet) => {
      const { page, line, file, extension } = snippet;
      const path = `${folder}/${page.replace(/\.md$/, "")}/${file ?? `line-${line}.${extension}`}`;
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, moduleOf(snippet, `${root}/tools/snippets/surroundings`, dirname(path)));
      return { ...snippet, path };
    });
}

/** As strict as a reader's own: JavaScript is checked too, without having to say the types of its parameters. */
function settings(root: string): string {
  const compilerOptions = {
    noEmit: true,
    allowJs: true,
    checkJs: true,
    noImplicitAny: false,
    exactOptionalPropertyTypes: false,
    isolatedModules: false,
    lib: ["ES2023", "DOM", "DOM.Iterable"],
    paths: {
      metricast: ["../types/metricast/src/index.d.ts"],
      "@metricast/*": ["../types/*/src/index.d.ts"],
    },
  };
  return JSON.stringify({ extends: `${root}/tsconfig.base.json`, compilerOptions, include: ["."] });
}

/** The lines above are left empty, so that an error names the line of the page. */
function moduleOf({ line, surroundings, code }: Snippet, given: string, here: string): string {
  if (surroundings === undefined) return `${"\n".repeat(line)}${code}\nexport {};\n`;
  const own = declaredIn(code);
  const names = exportedFrom(readFileSync(`${given}/${surroundings}.ts`, "utf8"));
  const taken = names.filter((name) => !own.has(name) && new RegExp(`\\b${name}\\b`).test(code));
  const from = `${relative(here, given)}/${surroundings}.js`;
  return `${"\n".repeat(line - 1)}import { ${taken.join(", ")} } from "${from}";\n${code}\nexport {};\n`;
}

const declarations = /^(?:const|let|class|(?:async )?function) (\w+|\{[^}]*\}|\[[^\]]*\])/gm;
const imports = /^import (?:type )?(\w+)?(?:, )?(\{[^}]*\})? from/gm;
const exports = /^export (?:declare (?:const|function) (\w+)|(\{[^}]*\});)/gm;

/** What a module declares or imports at its top, as formatted code has it. */
function declaredIn(code: string): Set<string> {
  const found = [...code.matchAll(declarations), ...code.matchAll(imports)];
  return new Set(found.flatMap(([, one = "", list = ""]) => [...wordsOf(one), ...wordsOf(list)]));
}

function exportedFrom(code: string): string[] {
  return [...code.matchAll(exports)].flatMap(([, one = "", list = ""]) => [
    ...wordsOf(one),
    ...wordsOf(list),
  ]);
}

const wordsOf = (text: string): string[] => text.match(/\w+/g) ?? [];
