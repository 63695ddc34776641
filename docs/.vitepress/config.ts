import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { sidebar } from "./contents.js";
import { keepInside } from "./inside-links.js";
import { slug } from "./slug.js";

// Nothing of another origin: no font, no script, no counter. `npm run docs` builds it, with the API reference below /api.
export default defineConfig({
  title: "metricast",
  description: "Live metrics from inside a Node service, broadcast to thousands of viewers.",
  base: process.env.DOCS_BASE ?? "/",
  // A browser would ask for one.
  head: [["link", { rel: "icon", href: "data:," }]],
  // TypeDoc writes those after the site is built.
  ignoreDeadLinks: [/^\/api\//],
  themeConfig: {
    nav: [
      { text: "Quick start", link: "/quick-start" },
      { text: "Options", link: "/reference/options" },
      { text: "Protocol", link: "/protocol" },
      { text: "API", link: "/api/index.html", target: "_self" },
    ],
    sidebar,
    outline: "deep",
    search: { provider: "local" },
  },
  markdown: {
    config: keepInside,
    anchor: { slugify: slug },
  },
  vite: {
    // The calculator takes its formula from the sources of core.
    resolve: { conditions: ["metricast-src"] },
    ssr: { resolve: { conditions: ["metricast-src"] } },
  },
  /** Pages link to the tables behind them. */
  buildEnd({ srcDir, outDir }) {
    for (const file of readdirSync(srcDir)) {
      if (/\.(?:json|yaml)$/.test(file)) cpSync(join(srcDir, file), join(outDir, file));
    }
  },
});
