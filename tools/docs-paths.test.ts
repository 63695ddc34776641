import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");

/** Files are named from the root, or from `packages/`. */
const exists = (path: string) => existsSync(`${root}/${path}`) || existsSync(`${root}/packages/${path}`);

test("the architecture's page points to files that exist", () => {
  const named = [...read("docs/architecture.md").matchAll(/`([\w./-]+\/[\w./-]*)`/g)].map(
    ([, path = ""]) => path,
  );
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((path) => !exists(path) && !exists(`core/src/${path}`))).toEqual([]);
});

test("every decision is in the list of decisions, and the other way round", () => {
  const listed = [...read("docs/decisions/README.md").matchAll(/\]\(([\w-]+\.md)\)/g)].map(
    ([, file]) => file,
  );
  const written = readdirSync(`${root}/docs/decisions`).filter((file) => file !== "README.md");
  expect(listed.sort()).toEqual(written.sort());
  for (const file of written) {
    const page = read(`docs/decisions/${file}`);
    for (const part of ["**Open.**", "**Chosen.**", "**Follows.**"]) expect(page, file).toContain(part);
    expect(page.startsWith(`# ${Number(file.slice(0, 4))}. `), file).toBe(true);
  }
});
