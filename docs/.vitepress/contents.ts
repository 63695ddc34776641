import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const docs = fileURLToPath(new URL("..", import.meta.url));

/** Every page of the site by its group, in the order in which a newcomer reads. A test holds it to the folder. */
const groups: readonly (readonly [title: string, pages: readonly string[], folded?: boolean])[] = [
  ["Begin here", ["quick-start", "concepts", "comparison"]],
  ["What is measured", ["guides/sources", "guides/alerts", "guides/retention", "guides/record-and-replay"]],
  [
    "Into your service",
    [
      "guides/fastify",
      "guides/uws",
      "guides/dashboard",
      "guides/embedding",
      "guides/http-and-sse",
      "guides/authentication",
    ],
  ],
  [
    "Into production",
    [
      "guides/deploy",
      "guides/proxies",
      "guides/redis",
      "guides/scaling",
      "security",
      "guides/troubleshooting",
    ],
  ],
  ["From other tools", ["guides/migrate-from-express-status-monitor", "guides/migrate-from-socket-io"]],
  ["Extend it", ["guides/write-a-store", "guides/write-a-transport"]],
  [
    "Reference",
    [
      "reference/options",
      "reference/command-line",
      "reference/sources",
      "reference/client",
      "reference/events",
      "reference/errors",
      "reference/self-metrics",
      "reference/store-redis",
      "reference/versions",
      "protocol",
    ],
  ],
  ["What was measured", ["benchmarks", "reliability"]],
  ["How it is built", ["architecture"]],
  ["Decisions", ["decisions/README", ...pagesIn("decisions")], true],
];

export const sidebar = groups.map(([text, pages, collapsed]) => ({
  text,
  ...(collapsed && { collapsed }),
  items: pages.map((page) => ({ text: titleOf(page), link: `/${page}` })),
}));

function pagesIn(folder: string): string[] {
  return readdirSync(`${docs}/${folder}`)
    .filter((file) => /^\d.*\.md$/.test(file))
    .sort()
    .map((file) => `${folder}/${file.replace(/\.md$/, "")}`);
}

function titleOf(page: string): string {
  const [, title] = /^# (.+)$/m.exec(readFileSync(`${docs}/${page}.md`, "utf8")) ?? [];
  return (title ?? page).replaceAll("`", "");
}
