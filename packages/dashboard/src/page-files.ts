import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MetricastError } from "@metricast/core";

export type Encoding = "br" | "gzip";

export interface PageFile {
  readonly contentType: string;
  /** Its name changes whenever its content does. */
  readonly isHashed: boolean;
  readonly etag: string;
  readonly plain: Uint8Array;
  readonly packed: ReadonlyMap<Encoding, Uint8Array>;
}

/** The same folder seen from `src` and from `dist`. */
const built = fileURLToPath(new URL("../dist/page/", import.meta.url));

const endings: ReadonlyMap<Encoding, string> = new Map([
  ["br", ".br"],
  ["gzip", ".gz"],
]);

const contentTypes: ReadonlyMap<string, string> = new Map([
  [".html", "text/html; charset=utf-8"],
  [".js", "text/javascript; charset=utf-8"],
  [".css", "text/css; charset=utf-8"],
  [".svg", "image/svg+xml"],
  [".png", "image/png"],
  [".woff2", "font/woff2"],
  [".json", "application/json; charset=utf-8"],
  [".webmanifest", "application/manifest+json"],
]);

/** The built page by request path; `/` is the page itself. Throws MC_DASHBOARD_NOT_BUILT. */
export function readPageFiles(folder = built): ReadonlyMap<string, PageFile> {
  if (!existsSync(join(folder, "index.html"))) {
    throw new MetricastError("MC_DASHBOARD_NOT_BUILT", undefined, { folder });
  }
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const contentType = contentTypes.get(extname(path));
    if (!entry.isFile() || contentType === undefined) continue;
    const name = relative(folder, path).split(sep).join("/");
    files.set(name === "index.html" ? "/" : `/${name}`, readFile(path, name, contentType));
  }
  return files;
}

function readFile(path: string, name: string, contentType: string): PageFile {
  const plain = readFileSync(path);
  const packed = new Map<Encoding, Uint8Array>();
  for (const [encoding, ending] of endings) {
    if (existsSync(path + ending)) packed.set(encoding, readFileSync(path + ending));
  }
  const etag = createHash("sha256").update(plain).digest("base64url").slice(0, 22);
  return { contentType, isHashed: name.startsWith("assets/"), etag, plain, packed };
}
