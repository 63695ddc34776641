import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MetricastOptions } from "@metricast/core";

/**
 * A secret kept for a project, readable by its owner alone: an open page goes on where the service is started anew, as
 * the start token stays. Undefined where nothing can be kept; the token is then another one at each start.
 */
export function keptSecret(folder: string): string | undefined {
  const file = join(folder, "start-secret");
  try {
    if (existsSync(file)) return readPrivate(file);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Two that start at once: the second fails here, and is on its own until the next start.
    writeFileSync(file, randomBytes(32).toString("base64url"), { mode: 0o600, flag: "wx" });
    return readPrivate(file);
  } catch {
    return undefined;
  }
}

/** Where tools keep what can be made anew: in development, beside the installed packages of the project. */
export function developmentSecret(options: MetricastOptions): string | undefined {
  const production = options.production ?? process.env.NODE_ENV === "production";
  const modules = join(process.cwd(), "node_modules");
  if (production || options.random !== undefined || !existsSync(modules)) return undefined;
  return keptSecret(join(modules, ".cache", "metricast"));
}

function readPrivate(file: string): string | undefined {
  const others = process.platform === "win32" ? 0 : statSync(file).mode & 0o077;
  const text = readFileSync(file, "utf8");
  return others === 0 && /^[\w-]{43}$/.test(text) ? text : undefined;
}
