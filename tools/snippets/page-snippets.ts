import { readdirSync, readFileSync } from "node:fs";

/** A piece of code in a page, as its fence says: ```ts, ```js part browser, ```ts file=board-store.ts. */
export interface Snippet {
  /** From the root, as `docs/guides/redis.md`. */
  readonly page: string;
  /** Of the fence. */
  readonly line: number;
  readonly extension: "js" | "ts";
  /** The file that it is part of an example as; others of the page import it. */
  readonly file: string | undefined;
  /** What a fragment takes as given: a file of `surroundings/`. A whole program takes nothing. */
  readonly surroundings: string | undefined;
  readonly code: string;
}

const fence = /^```(js|ts)\b(.*)$/;

/** The README, those of the packages, and every page of the site. */
export function pagesOf(root: string): string[] {
  const packages = readdirSync(`${root}/packages`).map((name) => `packages/${name}/README.md`);
  const docs = readdirSync(`${root}/docs`, { recursive: true, encoding: "utf8" });
  const pages = docs.filter((path) => path.endsWith(".md")).map((path) => `docs/${path}`);
  return ["README.md", ...packages, ...pages].sort();
}

export function snippetsOf(root: string, page: string): Snippet[] {
  const lines = readFileSync(`${root}/${page}`, "utf8").split("\n");
  return lines.flatMap((text, index): Snippet[] => {
    const [, extension, info = ""] = fence.exec(text) ?? [];
    if (extension !== "js" && extension !== "ts") return [];
    const end = lines.indexOf("```", index);
    const [, part, named] = /\b(part)\b ?(\w+)?/.exec(info) ?? [];
    const [, file] = /\bfile=(\S+)/.exec(info) ?? [];
    const surroundings = part === undefined ? undefined : (named ?? "express");
    return [
      { page, line: index + 1, extension, file, surroundings, code: lines.slice(index + 1, end).join("\n") },
    ];
  });
}
