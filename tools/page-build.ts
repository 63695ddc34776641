import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const dashboard = new URL("../packages/dashboard/", import.meta.url);

/** Tests see sources, save for the page: a browser takes it built. Where it was never built, it is built here. */
export default async function buildPage(): Promise<void> {
  if (existsSync(new URL("dist/page/index.html", dashboard))) return;
  const configFile = fileURLToPath(new URL("vite.config.ts", dashboard));
  await build({ configFile, logLevel: "error", mode: "production" });
}
