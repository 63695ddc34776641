import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import { packageFolders, packageSources } from "./house-rules/repository.js";
import { isPage, isTest, packageOf } from "./house-rules/source-file.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");

/** What a package's index exports by name. */
const exported: ReadonlyMap<string, readonly string[]> = new Map(
  packageFolders().map((folder) => [folder, read(`packages/${folder}/src/index.ts`).match(/\w+/g) ?? []]),
);

/** Where the options of a package stand, all of them. */
const pages: Readonly<Record<string, readonly string[]>> = {
  client: ["docs/reference/client.md"],
  core: ["docs/reference/options.md", "docs/guides/alerts.md", "docs/guides/deploy.md"],
  dashboard: ["packages/dashboard/README.md"],
  fastify: ["docs/guides/fastify.md"],
  metricast: ["docs/reference/options.md", "docs/guides/record-and-replay.md"],
  sources: ["docs/reference/sources.md"],
  "store-memory": ["packages/store-memory/README.md"],
  "store-redis": ["docs/reference/store-redis.md"],
  testkit: ["docs/guides/write-a-store.md", "docs/guides/write-a-transport.md", "packages/testkit/README.md"],
  "transport-uws": ["docs/guides/uws.md", "packages/transport-uws/README.md"],
  "transport-ws": ["packages/transport-ws/README.md"],
};

interface Option {
  readonly home: string;
  readonly of: string;
  readonly name: string;
}

/** Members of the interfaces that hosts fill in: those of options, of rules and of their parts. */
const options = packageSources()
  .filter(({ path }) => !isTest(path) && !isPage(path))
  .flatMap(({ path, tree }): Option[] => {
    const home = packageOf(path) ?? "";
    return tree.statements
      .filter(ts.isInterfaceDeclaration)
      .filter(({ name: { text } }) => /(?:Options|Rule|Target|ExponentialRange)$/.test(text))
      .filter(({ name: { text } }) => exported.get(home)?.includes(text))
      .flatMap(({ name: { text: of }, members }) =>
        members.flatMap(({ name }) => (name && ts.isIdentifier(name) ? { home, of, name: name.text } : [])),
      );
  });

/** What stands in these pages as code, in a line or in a fence. */
function wordsIn(files: readonly string[] = []): Set<string> {
  const code = files.flatMap((file) => read(file).match(/^```[\s\S]*?^```|`[^`\n]+`/gm) ?? []);
  return new Set(code.join("\n").match(/\w+/g));
}

test("every option of a package is in a page", () => {
  const words = new Map(packageFolders().map((folder) => [folder, wordsIn(pages[folder])]));
  expect(options.length).toBeGreaterThan(100);
  expect(options.filter(({ home, name }) => !words.get(home)?.has(name))).toEqual([]);
  expect(words.get("client")?.has("intervalMs")).toBe(false);
});
