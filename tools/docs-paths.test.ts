import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sidebar } from "../docs/.vitepress/contents.js";
import { slug } from "../docs/.vitepress/slug.js";
import { pagesOf } from "./snippets/page-snippets.js";

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

test("the site's sidebar has every page, once", () => {
  const listed = sidebar.flatMap(({ items }) => items.map(({ link }) => `docs${link}.md`));
  const pages = pagesOf(root).filter((page) => page.startsWith("docs/") && page !== "docs/index.md");
  expect(listed.sort()).toEqual(pages);
  expect(sidebar.flatMap(({ items }) => items).filter(({ text }) => text === "")).toEqual([]);
});

/** A page without its code. */
function proseOf(page: string): string {
  return read(page)
    .replace(/^```[\s\S]*?^```/gm, "")
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[\](["]/g, ""));
}

/** What a page points to: `[text](target)`, pictures of HTML, buttons of the first page. */
function linksIn(page: string): string[] {
  const links = proseOf(page).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"|^ {6}link: (\S+)$/gm);
  return [...links].map(([, target, inHtml, button]) => target ?? inHtml ?? `.${button}.md`);
}

function anchorsIn(page: string): string[] {
  const headings = [...proseOf(page).matchAll(/^#+ (.+)$/gm)];
  return headings.map(([, heading = ""]) => slug(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")));
}

/** What `npm run test:long` writes. */
const later = new Set(["docs/reliability.json"]);

test("every link of the README and of the site leads to a file, and to a heading of it", () => {
  const links = pagesOf(root).flatMap((page) => linksIn(page).map((target) => ({ page, target })));
  expect(links.length).toBeGreaterThan(150);
  const broken = links.filter(({ page, target }) => {
    if (/^https?:/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? page : posix.join(posix.dirname(page), path);
    if (later.has(file)) return false;
    return !existsSync(`${root}/${file}`) || (anchor !== undefined && !anchorsIn(file).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test("nothing that the site loads is of another origin", () => {
  const loaded = /(?:src|srcset)="https?:[^"]*"|!\[[^\]]*\]\(https?:[^)]*\)/g;
  const foreign = pagesOf(root).flatMap((page) => [...proseOf(page).matchAll(loaded)]);
  expect(foreign.map(([found]) => found)).toEqual([]);
});
