import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type SourceFile, sourceFile } from "./source-file.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

export interface PackageManifest {
  readonly folder: string;
  readonly name: string;
  readonly files: readonly string[];
  readonly dependencies: readonly string[];
  readonly readme: string | undefined;
}

/** Every TypeScript file below the `src` folders of `packages/`, tests included, and of the dashboard's page. */
export function packageSources(): SourceFile[] {
  const folders = packageFolders().map((folder) => `packages/${folder}/src`);
  return [...folders, "packages/dashboard/page/src"].flatMap((folder) => filesBelow(folder));
}

export function packageFolders(): string[] {
  return readdirSync(join(root, "packages")).filter((name) =>
    existsSync(join(root, "packages", name, "package.json")),
  );
}

export function packageManifests(): PackageManifest[] {
  return packageFolders().map((folder) => manifestOf(folder));
}

function filesBelow(folder: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((path) => /\.tsx?$/.test(path) && !path.includes("/node_modules/"))
    .map((path) => sourceFile(path, readFileSync(join(root, path), "utf8")));
}

function manifestOf(folder: string): PackageManifest {
  const read = (file: string): string | undefined => {
    const path = join(root, "packages", folder, file);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const manifest: unknown = JSON.parse(read("package.json") ?? "{}");
  return {
    folder,
    name: text(field(manifest, "name")),
    files: list(field(manifest, "files")),
    dependencies: Object.keys(record(field(manifest, "dependencies"))),
    readme: read("README.md"),
  };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

const field = (value: unknown, name: string): unknown => record(value)[name];
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
