import { existsSync } from "node:fs";
import { buildPage } from "./build.mjs";

const page = new URL("../packages/dashboard/dist/page/index.html", import.meta.url);

/** Tests see sources, save for the page: a browser takes it built. Where it was never built, it is built here. */
export default async function pageIsBuilt(): Promise<void> {
  if (existsSync(page)) return;
  const { code, output } = await buildPage();
  if (code !== 0) throw new Error(output);
}
