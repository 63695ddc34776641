import { posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/** A link out of docs/, to a file of the repository, has no page on the site: it becomes text that names the file. */
export function keepInside(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("keep-inside", ({ tokens, env }) => {
    for (const { children } of tokens) {
      let leaves = false;
      for (const token of children ?? []) {
        if (token.type === "link_open") {
          const path = posix.normalize(
            posix.join(posix.dirname(env.relativePath), token.attrGet("href") ?? ""),
          );
          leaves = path.startsWith("../");
          if (leaves) token.attrs = [["title", `${path.replaceAll("../", "")} in the repository`]];
        }
        if (leaves && token.type.startsWith("link_")) token.tag = "span";
      }
    }
  });
}
